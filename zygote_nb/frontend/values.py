"""Values of the program while it is lowered: tuples, constants, and kinds in words."""

from __future__ import annotations

import operator
from types import ModuleType
from typing import Any

from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import (
    INT,
    Opaque,
    Static,
    TupleOf,
)


def make_tuple(items: tuple[Expr, ...], cls: type) -> Tuple:
    return Tuple(items, cls, TupleOf(tuple(i.kind for i in items), cls))


def none() -> Const:
    return Const(None, Static(None))


def static(value: Any, text: str | None = None) -> Const:
    return Const(value, Static(value), text)


def is_slice(value: Any) -> bool:
    """Whether a value is a slice, which is known by its bounds."""
    return isinstance(value, Apply) and value.fn is slice


def slice_of(bounds: list[Any]) -> Apply:
    return Apply(slice, tuple(bounds), (), Opaque("slice"))


def fold(fn: Any, args: list[Expr]) -> Expr | None:
    """Integer arithmetic on constants, such as that of axes and ranks; joining strings."""
    if not all(isinstance(a, Const) for a in args):
        return None
    values = [a.value for a in args]  # type: ignore[union-attr]
    if fn in (operator.add, operator.mod) and values and type(values[0]) is str:
        try:
            return static(fn(*values))
        except TypeError:
            return None
    if fn in (operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod) and all(
        type(v) is int for v in values
    ):
        try:
            return Const(fn(*values), INT)
        except ZeroDivisionError:
            return None
    return None


def is_library_module(module: ModuleType) -> bool:
    """Whether the module's names are constants: those of NumPy, SciPy and the standard library's mathematics."""
    return module.__name__.split(".")[0] in (
        "numpy",
        "scipy",
        "math",
        "cmath",
        "operator",
        "builtins",
        "functools",
        "itertools",
        "zygote_nb",
        "numba",
    )
