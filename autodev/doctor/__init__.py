"""`autodev doctor`: what is there, and the remedy for what is not."""
