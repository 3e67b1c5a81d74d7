"""Command-line tools in Python with Typer."""
