"""Parts of arrays and what is worked out of them element by element."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    INT_ZERO,
    Accumulate,
    Apply,
    Const,
    Expr,
    Name,
    Stmt,
    Store,
    Tuple,
    call,
    is_getitem,
)
from zygote_nb.ir.kinds import INT, Array, Kind, Opaque, Scalar
from zygote_nb.ir.walk import is_basic, subexpressions
from zygote_nb.runtime import arrays, holomorphic, polar, vmath

INEXACT = {"float64", "float32", "complex128", "complex64"}
ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos}
CALLED = {
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.arccosh, np.arctanh, np.exp, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.square, np.abs,
    np.fabs, np.negative, np.reciprocal, np.sign, np.floor, np.ceil, np.add, np.subtract, np.multiply, np.divide,
    np.maximum, np.minimum, np.hypot, arrays.expit, np.conjugate, polar.real_part, polar.abs_adjoint, polar.abs_tangent,
    arrays.quotient, arrays.damped, arrays.above, arrays.below, arrays.shared, vmath.taken,
    holomorphic.complex_power, holomorphic.complex_divide, holomorphic.complex_abs, *holomorphic.OF_NUMPY.values(),
}  # fmt: skip
COMPARED = {operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}
SUMS = {np.sum, Method("sum")}
COPIES = {np.copy, Method("copy")}
NOTHING = Const(None, Opaque("none"))


class Kept(Exception):
    """The statement stays as it is."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The elements of an axis: how many, and the first one and the step in the array.

    ``single`` is one element for all, ``short`` at most one: what NumPy does with it is known as the program runs.
    """

    length: Expr
    start: Expr = INT_ZERO
    step: int = 1
    single: bool = False
    short: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an array: for each of its own axes the place in it, an index or the number of an axis of the part."""

    root: str
    kind: Kind
    places: tuple[Expr | int, ...]
    axes: tuple[Axis, ...]


def place_of(region: Region, at: tuple[Expr, ...]) -> Expr:
    """The index into the array for an element of the part; ``at`` may have more axes in front."""
    own = at[len(at) - len(region.axes) :]

    def index(place: Expr | int) -> Expr:
        if not isinstance(place, int):
            return place
        axis = region.axes[place]
        if axis.single:
            return INT_ZERO
        i = own[place] if axis.step == 1 else call(operator.mul, own[place], Const(axis.step, INT), kind=INT)
        return i if axis.start == INT_ZERO else call(operator.add, i, axis.start, kind=INT)

    indices = tuple(map(index, region.places))
    return indices[0] if len(indices) == 1 else Tuple(indices)


def read(region: Region, at: tuple[Expr, ...]) -> Expr:
    return Apply(operator.getitem, (Name(region.root, region.kind), place_of(region, at)), (), element_of(region.kind))


def element_of(kind: Kind) -> Scalar:
    """The kind of an element of an array."""
    return Scalar(getattr(kind, "dtype", "float64"), False)


def store(region: Region, at: tuple[Expr, ...], value: Expr) -> Stmt:
    return Store(Name(region.root, region.kind), place_of(region, at), value)


def add_to(region: Region, at: tuple[Expr, ...], value: Expr) -> Stmt:
    return Accumulate(region.root, value, place_of(region, at), None, True, region.kind)


def is_floats(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.ndim > 0 and kind.dtype in INEXACT


def is_mask(value: Expr) -> bool:
    """Whether the value is a variable that holds an array of truth values."""
    return (
        isinstance(value, Name) and isinstance(value.kind, Array) and value.kind.ndim > 0 and value.kind.dtype == "bool"
    )


def is_region(value: Expr) -> bool:
    """Whether the value is an array, or a part of one that slices and integers select."""
    if isinstance(value, Apply) and value.fn is operator.getitem:
        return isinstance(value.args[0], Name) and is_basic(value.args[1])
    return isinstance(value, Name)


def is_built(value: Expr) -> bool:
    """Whether the value is a new array that is made element by element."""
    if not isinstance(value, Apply):
        return False
    if is_condition(value):
        return isinstance(value.kind, Array) and value.kind.ndim > 0
    if not is_floats(value.kind):
        return False
    if value.fn in COPIES:
        return (
            len(value.args) == 1 and not value.kwargs and isinstance(value.args[0], Apply) and is_region(value.args[0])
        )
    return is_elementwise(value) or (value.fn is np.full_like and len(value.args) == 2 and not value.kwargs)


def is_elementwise(value: Expr) -> bool:
    """Whether the operation works element by element on inexact arrays and numbers, and compiles to the same digits."""
    if not isinstance(value, Apply) or value.kwargs:
        return False
    if value.fn is np.where:
        return len(value.args) == 3 and is_choice(value.args[0]) and is_floats(value.kind)
    if value.fn not in ARITHMETIC and value.fn not in CALLED and not is_square(value):
        return False
    return is_floats(value.kind) and all(is_floats(a.kind) or is_number(a.kind) for a in value.args)


def is_sum(value: Expr) -> bool:
    return (
        isinstance(value, Apply)
        and value.fn in SUMS
        and not value.kwargs
        and len(value.args) == 1
        and (is_elementwise(value.args[0]) or is_doubles(value.args[0].kind))
    )


def is_doubles(kind: Kind) -> bool:
    return is_floats(kind) and getattr(kind, "dtype", "") == "float64"


def is_condition(value: Expr) -> bool:
    return (
        isinstance(value, Apply)
        and value.fn in COMPARED
        and all(is_floats(a.kind) or is_number(a.kind) for a in value.args)
    )


def is_square(value: Expr) -> bool:
    """Whether an array of real numbers is squared, which a product does with the same digits."""
    if (
        not isinstance(value, Apply)
        or value.fn is not operator.pow
        or getattr(value.args[0].kind, "dtype", "")[:1] != "f"
    ):
        return False
    return constant(value.args[1]) == 2


def is_choice(value: Expr) -> bool:
    return is_condition(value) or is_mask(value)


def is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and (kind.dtype in INEXACT or kind.dtype == "int64")


def is_other(value: Expr) -> bool:
    """Whether a value that is stored is neither a number nor made of inexact arrays."""
    return not is_floats(value.kind) and not is_number(value.kind)


def is_ellipsis(index: Expr) -> bool:
    return isinstance(index, Const) and index.value is Ellipsis


def is_nothing(index: Expr) -> bool:
    return isinstance(index, Const) and index.value is None


def is_new_axis(index: Expr) -> bool:
    return is_nothing(index)


def is_shape(length: Expr) -> bool:
    return any(isinstance(e, Apply) and isinstance(e.fn, Attribute) for e in subexpressions(length))


def constant(index: Expr) -> int | None:
    """The integer that an index is known to be."""
    if isinstance(index, Const) and type(index.value) is int:
        return index.value
    if isinstance(index, Apply) and index.fn is operator.neg:
        inner = constant(index.args[0])
        return None if inner is None else -inner
    return None


def named_dtype(dtype: str) -> tuple[Expr, ...]:
    """The argument that says it, where it is not that of Python's numbers."""
    if dtype == "float64":
        return ()
    return (Const(np.dtype(dtype).type, Opaque("dtype"), f"np.{'bool_' if dtype == 'bool' else dtype}"),)


def is_like(region: Region, value: Expr, axes: tuple[Axis, ...]) -> bool:
    """Whether the part is a whole array of the value's dtype with these axes, none of them stretched."""
    whole = region.places == tuple(range(len(axes))) == tuple(range(len(region.axes)))
    alike = whole and dtype_of(region.kind) == dtype_of(value.kind) == "float64"
    return alike and not any(a.single or a.short or a.step != 1 for a in (*region.axes, *axes))


def longest(regions: list[Region], axis: int) -> Axis:
    """The axis of the result, counted from the first: that of an operand that isn't stretched along it."""
    rank = max(len(r.axes) for r in regions)
    found = [r.axes[axis - rank + len(r.axes)] for r in regions if axis - rank + len(r.axes) >= 0]
    return next((a for a in found if not a.single), found[0])


def squared(element: Expr) -> Expr:
    plain = isinstance(element, Name) or is_getitem(element)
    fn, args = (operator.mul, (element, element)) if plain else (np.square, (element,))
    return Apply(fn, args, (), element.kind)


def is_kindred(a: Kind, b: Kind) -> bool:
    """Whether the two are arrays of one precision with equally many axes."""
    return isinstance(a, Array) and isinstance(b, Array) and (a.dtype, a.ndim) == (b.dtype, b.ndim)


def is_full(given: Kind, like: Kind) -> bool:
    """Whether no axis of the one is known to be repeated from the other."""
    if not isinstance(given, Array) or not isinstance(like, Array) or given.ndim != like.ndim:
        return False
    return all(b != 1 or a == 1 for a, b in zip(given.dims, like.dims, strict=True))


def dtype_of(kind: Kind) -> str:
    return kind.dtype if isinstance(kind, Array) else "float64"
