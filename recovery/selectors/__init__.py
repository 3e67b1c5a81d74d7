"""Reads of recovery for pages, the API and the command line. Always of one workspace."""
