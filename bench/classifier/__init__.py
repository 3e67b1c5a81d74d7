"""Accuracy of the failure classifier on real samples."""
