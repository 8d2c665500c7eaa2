"""Values as rows of a table: long arrays shortened, type and shape said once beside them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.display.document import Row

__all__ = ["value_row", "value_rows"]


MOST = 40  # entries of a container that have rows of their own


def value_rows(name: str, value: Any) -> tuple[Row, ...]:
    """The rows of a value: a container that holds arrays or other containers has one for each of its entries."""
    match value:
        case dict():
            entries = [(f"{name}[{key!r}]", v) for key, v in value.items()]
        case SimpleNamespace():
            known = {key: v for key, v in vars(value).items() if v is not None} or vars(value)
            entries = [(f"{name}.{key}", v) for key, v in known.items()]
        case tuple() if hasattr(value, "_fields"):
            entries = [(f"{name}.{key}", v) for key, v in zip(value._fields, value, strict=True)]
        case tuple() | list() if any(isinstance(v, (np.ndarray, dict, tuple, list, SimpleNamespace)) for v in value):
            entries = [(f"{name}[{i}]", v) for i, v in enumerate(value)]
        case _:
            return (value_row(name, value),)
    rows = tuple(row for inner, v in entries for row in value_rows(inner, v))
    return rows if 0 < len(rows) <= MOST else (value_row(name, value),)


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
