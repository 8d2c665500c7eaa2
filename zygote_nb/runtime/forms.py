"""Functions of NumPy that compiled code has in a form of its own; they take no keywords."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.grids import interp_adjoint, interp_knots_adjoint, interp_values_adjoint
from zygote_nb.runtime.rearranging import sort_adjoint


def einsum(subscripts: str, *operands: Any) -> Any:
    """``np.einsum`` of operands whose axes of one letter are equally long."""
    return np.einsum(subscripts, *operands)


def correlate(a: Any, v: Any, mode: str) -> Any:
    """``np.correlate``."""
    return np.correlate(a, v, mode)


def convolve(a: Any, v: Any, mode: str) -> Any:
    """``np.convolve``."""
    return np.convolve(a, v, mode)


def sort(x: Any) -> Any:
    """``np.sort`` of a vector."""
    return np.sort(x)


def sort_back(dy: Any, x: Any) -> Any:
    """Its adjoint."""
    return sort_adjoint(dy, x)


def interp(x: Any, xp: Any, fp: Any) -> Any:
    """``np.interp`` of a number or a vector."""
    return np.interp(x, xp, fp)


def interp_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The cotangent of its points."""
    return interp_adjoint(dy, x, xp, fp, None, None, None)


def interp_values_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The cotangent of its values at the knots."""
    return interp_values_adjoint(dy, x, xp, fp, None, None, None)


def interp_knots_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The cotangent of its knots."""
    return interp_knots_adjoint(dy, x, xp, fp, None, None, None)


def joined(parts: Any, axis: int) -> Any:
    """``np.concatenate`` of a list of arrays."""
    return np.concatenate(parts, axis)


def stacked(parts: Any, axis: int) -> Any:
    """``np.stack`` of a list of arrays."""
    return np.stack(parts, axis)
