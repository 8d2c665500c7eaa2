"""Entries of vectors as expressions of their own, and how many there are."""

from __future__ import annotations

import operator
from collections.abc import Mapping

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import Apply, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import INT, Scalar, TupleOf
from zygote_nb.ir.walk import children
from zygote_nb.transform.forward.wide import OneAtATime

Entries = tuple[Expr, ...]
BLANK = {np.zeros, np.empty, np.ones}
NUMBER = Scalar("float64", False)


@dataclass(frozen=True, slots=True)
class Axes:
    """How long axes are: by the labels of arguments' axes, and for new arrays as they are ``made``."""

    sizes: Mapping[int, int]
    made: dict[str, dict[int, int]] = field(default_factory=dict)

    def length(self, array: Name, axis: int) -> int:
        """How long an axis of an array is, which is known beforehand."""
        known = self.known(array, axis)
        if known is None:
            raise OneAtATime
        return known

    def known(self, array: Name, axis: int) -> int | None:
        dim = array.kind.dims[axis]  # type: ignore[union-attr]
        found = 1 if dim == 1 else self.sizes.get(dim) if isinstance(dim, int) else None
        return self.made.get(array.id, {}).get(axis) if found is None else found


def lengths_made(value: Expr) -> dict[int, int]:
    """The lengths of the axes of new memory, where they are known."""
    if not isinstance(value, Apply) or value.fn not in BLANK:
        return {}
    shape = value.args[0]
    items = shape.items if isinstance(shape, Tuple) else (shape,)
    return {i: n.value for i, n in enumerate(items) if isinstance(n, Const) and isinstance(n.value, int)}


def mul(a: Expr, b: Expr) -> Expr:
    return Apply(operator.mul, (a, b), (), NUMBER)


def sub(a: Expr, b: Expr) -> Expr:
    return Apply(operator.sub, (a, b), (), NUMBER)


def total(entries: Entries) -> Expr:
    found = entries[0]
    for entry_ in entries[1:]:
        found = Apply(operator.add, (found, entry_), (), NUMBER)
    return found


def dotted(x: Entries, y: Entries) -> Expr:
    if len(x) != len(y):
        raise OneAtATime
    return total(tuple(map(mul, x, y)))


def crossed(x: Entries, y: Entries) -> Entries:
    if len(x) != 3 or len(y) != 3:
        raise OneAtATime
    return tuple(sub(mul(x[i], y[j]), mul(x[j], y[i])) for i, j in ((1, 2), (2, 0), (0, 1)))


def reads_only(value: Expr, array: str, place: Expr) -> bool:
    """Whether this is all that is read of an array."""
    if value == place:
        return True
    if isinstance(value, Name):
        return value.id != array
    return all(reads_only(c, array, place) for c in children(value))


def inexact(value: Expr) -> Expr:
    floats = isinstance(value.kind, Scalar) and value.kind.dtype == "float64"
    return value if floats else Apply(np.float64, (value,), (), NUMBER)


def parts(index: Expr) -> Entries:
    return index.items if isinstance(index, Tuple) else (index,)


def indexed(index: Entries) -> Expr:
    return index[0] if len(index) == 1 else Tuple(index, tuple, TupleOf((INT,) * len(index)))


def entry(base: Expr, index: Entries) -> Expr:
    return Apply(operator.getitem, (base, indexed(index)), (), NUMBER)


def is_none(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is None


def is_integer(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype[0] in "iu"


def stretched(entries: Entries, count: int) -> Entries:
    if len(entries) not in (1, count):
        raise OneAtATime
    return entries if len(entries) == count else entries * count
