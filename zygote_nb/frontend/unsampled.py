"""Kinds of results that samples don't tell: their lengths depend on values, or on lengths that samples can't have."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Apply, Const, Expr, Name
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar, TupleOf
from zygote_nb.runtime.arrays import transpose_back
from zygote_nb.runtime.indexing import as_number
from zygote_nb.runtime.parts import bound_of_part, length_of_part

DATA_DEPENDENT = {
    np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values, np.union1d, np.intersect1d,
    np.setdiff1d, np.setxor1d, np.compress, Method("compress"), np.extract, np.trim_zeros, np.nonzero,
    Method("nonzero"), np.flatnonzero, np.argwhere, np.bincount, np.delete, np.repeat, Method("repeat"), np.roots,
    np.polydiv, np.histogram, np.arange,
}  # fmt: skip
"""Functions whose results are as long as the data make them: only dtype and rank are taken from a sample."""


def inserted(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """``np.insert``: the rank of the array, or one without an axis."""
    axis = dict(kwargs).get("axis", args[3] if len(args) > 3 else ("const", None, type(None)))
    array = args[0][1] if args[0][0] == "kind" else None
    if not isinstance(array, Array):
        return None
    rank = 1 if axis[0] == "const" and axis[1] is None else array.ndim
    return Array(array.dtype, (None,) * rank)


def number(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return INT


def as_many_axes(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """``np.linalg.tensorinv``: the axes of the tensor, in another order."""
    array = args[0][1] if args[0][0] == "kind" else None
    return Array(array.dtype, (None,) * array.ndim) if isinstance(array, Array) else None


def turned(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """Axes in an order that is known only when the program runs."""
    return as_many_axes(args, ()) if any(map(unknown, (*args[1:], *dict(kwargs).values()))) else None


def unknown(sketch: Any) -> bool:
    return any(map(unknown, sketch[2])) if sketch[0] == "tuple" else sketch[0] == "kind"


def remaining_axes(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """``np.linalg.tensorsolve``: the axes that the right side does not have."""
    kinds = [a[1] if a[0] == "kind" else None for a in args[:2]]
    if not all(isinstance(k, Array) for k in kinds) or len(kinds) < 2:
        return None
    return Array(str(np.result_type(*(k.dtype for k in kinds))), (None,) * (kinds[0].ndim - kinds[1].ndim))


def filled(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """``np.full`` with an array that is broadcast: the rank is that of the shape."""
    fill = args[1][1] if len(args) == 2 and args[1][0] == "kind" else None
    if not isinstance(fill, Array) or kwargs or args[0][0] not in ("tuple", "const"):
        return None
    shape = args[0][2] if args[0][0] == "tuple" else args[0][1]
    return Array(fill.dtype, (None,) * (len(shape) if isinstance(shape, tuple) else 1))


def some_complex(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    """Real or complex, and how many, depends on the values."""
    return Array("complex128", (None,))


def complex_rows(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    return Array("complex128", args[0][1].dims[:-1]) if args[0][0] == "kind" else None


def squeezed(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """``np.squeeze`` with axes: the others."""
    axis = dict(kwargs).get("axis", args[1] if len(args) > 1 else ("const", None, type(None)))
    parts = axis[2] if axis[0] == "tuple" else (axis,)
    array = args[0][1] if args[0][0] == "kind" else None
    if not isinstance(array, Array) or not all(p[0] == "const" and isinstance(p[1], int) for p in parts):
        return None
    left_out = {p[1] % array.ndim for p in parts if -array.ndim <= p[1] < array.ndim}
    if len(left_out) < len(parts):
        return None
    return Array(array.dtype, tuple(d for i, d in enumerate(array.dims) if i not in left_out))


GIVEN = {
    np.squeeze: squeezed, Method("squeeze"): squeezed,
    np.linalg.tensorinv: as_many_axes, np.linalg.tensorsolve: remaining_axes, np.insert: inserted,
    length_of_part: number, bound_of_part: number,
    np.moveaxis: turned, np.swapaxes: turned, np.rollaxis: turned, np.transpose: turned, transpose_back: turned,
    np.roots: some_complex, np.linalg.eigvals: complex_rows, np.full: filled,
}  # fmt: skip
"""Functions from sketches of the arguments to the kind of the result, or None."""


OPEN_RANK = {("scipy.linalg", "lstsq"): 1}
"""Functions that return a tuple of which one entry is a number or an empty array, by the data, if they take a vector.

It is taken for a number, which is checked where it is read.
"""


def open_rank(fn: Any) -> int | None:
    """The place of such an entry."""
    package = str(getattr(fn, "__module__", "")).partition("._")[0]
    return OPEN_RANK.get((package, getattr(fn, "__name__", "")))


def with_open_ranks(fn: Any, args: tuple[Any, ...], kind: Kind) -> Kind:
    """The kind of a result of which a sample has the one rank or the other."""
    place = open_rank(fn)
    vector = len(args) > 1 and args[1][0] == "kind" and isinstance(args[1][1], Array) and args[1][1].ndim == 1
    if place is None or not vector or not isinstance(kind, TupleOf):
        return kind
    found = kind.items[place]
    assert isinstance(found, (Array, Scalar))
    items = (*kind.items[:place], Scalar(found.dtype, False), *kind.items[place + 1 :])
    return TupleOf(items, kind.cls)


def entry_of(whole: Apply, name: Name, place: int, kind: Kind) -> Expr:
    """One entry of a result that is a tuple, held by a variable."""
    entry = Apply(operator.getitem, (name, Const(place, INT)), (), kind)
    if open_rank(whole.fn) == place and isinstance(kind, Scalar):
        return Apply(as_number, (entry,), (), kind)
    return entry


def forgotten(kind: Kind) -> Kind:
    """The kind without the lengths of its axes."""
    match kind:
        case Array():
            return Array(kind.dtype, (None,) * kind.ndim)
        case TupleOf():
            return TupleOf(tuple(map(forgotten, kind.items)), kind.cls)
    return kind


def with_dtype_of(kind: Kind, cotangent: Kind) -> Kind:
    """The kind of what a helper makes of a cotangent: complex where that is."""
    if isinstance(kind, (Scalar, Array)) and getattr(cotangent, "dtype", "f")[0] == "c":
        return replace(kind, dtype=cotangent.dtype)  # type: ignore[union-attr]
    return kind


def class_of(value: Any) -> type:
    """The class of a list, or of a named tuple such as NumPy's factorisations."""
    return type(value) if type(value) is list or hasattr(value, "_fields") else tuple
