"""Values as rows of a table: long arrays shortened, type and shape said once beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.display.document import Row

__all__ = ["value_row"]


def value_row(name: str, value: Any) -> Row:
    """A number, an array, or None for what has no derivative, under its name."""
    if value is None:
        return Row(name, "None", "no derivative: not a number, or used only where none exists")
    if isinstance(value, np.ndarray):
        text = np.array2string(value, threshold=100, edgeitems=3, max_line_width=88)
        return Row(name, text, f"{value.dtype} {value.shape}")
    if isinstance(value, np.generic):
        return Row(name, str(value), str(value.dtype))
    return Row(name, repr(value), "" if type(value) is float else type(value).__name__)
