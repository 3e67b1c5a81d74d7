"""What a call costs, what may be spent, and answers that need not be paid twice."""
