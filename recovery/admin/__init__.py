"""The operators' view of recovery: to read, and to end what a crash left open."""

from recovery.admin import decided, learned

__all__ = ["decided", "learned"]
