"""Pattern fixes, one file each, and the refinement that keeps only those that make the ladder better."""
