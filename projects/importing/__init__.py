"""Repositories from elsewhere: fetched with nothing of theirs obeyed, looked over, and read for how they are tested."""
