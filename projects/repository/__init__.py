"""Repositories: one bare git repository a project, written by objects and never through a worktree's own configuration."""
