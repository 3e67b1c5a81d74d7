"""Who is asked, in which order, and what happens when one does not answer."""
