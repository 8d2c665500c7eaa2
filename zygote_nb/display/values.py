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
        return Row(name, text, f"{value.dtype} {value.shape}", _short(value))
    if isinstance(value, np.generic):
        return Row(name, str(value), str(value.dtype))
    return Row(name, repr(value), "" if type(value) is float else type(value).__name__)


def _short(value: np.ndarray) -> str:
    """What can be said of an array in a line."""
    if not value.size or value.dtype.kind not in "biuf":
        return ""
    with np.errstate(all="ignore"):
        low, high, norm = float(np.min(value)), float(np.max(value)), float(np.linalg.norm(value.astype(float)))
    return f"from {low:.4g} to {high:.4g}, norm {norm:.4g}"
