"""Sums of single precision in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np


def total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of entries, in their precision."""
    return np.sum(x, axis=axis, keepdims=keepdims)


def average(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of entries, in their precision."""
    return np.mean(x, axis=axis, keepdims=keepdims)
