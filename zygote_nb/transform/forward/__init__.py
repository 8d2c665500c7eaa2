"""Forward mode: the same IR, with tangents beside the values."""
