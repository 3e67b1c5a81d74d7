"""A Spec in a person's hands: as text with line numbers, checked with the place at fault, changed a part at a time."""
