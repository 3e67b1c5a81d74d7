from typing import Any

UNCHANGED: Any = None
"""The default of a value that a change may leave out. Defaults are not validated: a null that is sent is."""
