"""Functions of NumPy that compiled code has in a form of its own; they take no keywords."""

from __future__ import annotations

from typing import Any

import numpy as np


def einsum(subscripts: str, *operands: Any) -> Any:
    """``np.einsum`` of operands whose axes of one letter are equally long."""
    return np.einsum(subscripts, *operands)


def correlate(a: Any, v: Any, mode: str) -> Any:
    """``np.correlate``."""
    return np.correlate(a, v, mode)


def convolve(a: Any, v: Any, mode: str) -> Any:
    """``np.convolve``."""
    return np.convolve(a, v, mode)
