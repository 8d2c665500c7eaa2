"""Helpers for stores at integer arrays of indices, and for variables that may be unset."""

from __future__ import annotations

from typing import Any

import numpy as np


def last_written(buffer: Any, index: Any) -> Any:
    """``buffer[index]`` as a copy, zero where a later entry of ``index`` names the same element.

    A store ``a[index] = v`` keeps the last of the values that go to one element, so only that one gets a cotangent.
    """
    g = np.array(buffer[index])
    positions = np.arange(buffer.size).reshape(buffer.shape)[index]
    flat = positions.ravel()
    last = np.empty(buffer.size, np.intp)
    last[flat] = np.arange(flat.size)
    g.ravel()[last[flat] != np.arange(flat.size)] = 0.0
    return g


def writable(view: Any) -> Any:
    """A view that NumPy returns read-only, such as a diagonal, for writing."""
    view.flags.writeable = True
    return view


def require(value: Any) -> None:
    """Reads a variable, so that Python raises UnboundLocalError if it is unset."""
    if value is UNSET:
        raise UnboundLocalError("a variable is read before it is assigned")


def as_number(value: Any) -> Any:
    """A result that is a number or an empty array, by the data, where it is read: code is made for a number."""
    if np.ndim(value):
        from zygote_nb.errors import UnsupportedSyntaxError

        what = "there are no residues of a matrix that is not tall and of full rank, and they are read"
        raise UnsupportedSyntaxError(what, hint="use a right side with columns (`b[:, None]`), or np.linalg.lstsq")
    return value[()] if isinstance(value, np.ndarray) else value


def require_apart(target: Any, values: Any) -> None:
    """Asks that what is stored is no memory of the array that it is stored to: NumPy reads it while it writes.

    A derivation answers it by what it knows of memory, and leaves it out.
    """


class Unset:
    """Stands for a variable that has no value yet, where generated code saves it; on a tape of numbers, for any."""

    def __float__(self) -> float:
        return float("nan")

    def __int__(self) -> int:
        return 0


UNSET = Unset()


def require_c_order(value: Any, name: str) -> None:
    """Whether a reshape of an array that is written to gives a view depends on the layout of the arguments that it is
    made from: only C order is taken.
    """
    if not value.flags.c_contiguous:
        from zygote_nb.errors import UnsupportedSyntaxError

        what = (
            f"`{name}` is not in C order, and it, or an array made from it, is reshaped and written to: NumPy may copy"
        )
        raise UnsupportedSyntaxError(what, hint=f"pass np.ascontiguousarray({name})")
