"""Values of the program while it is lowered: tuples, constants, and kinds in words."""

from __future__ import annotations

import operator
from types import ModuleType
from typing import Any

from zygote_nb.ir.core import Const, Expr, Tuple
from zygote_nb.ir.kinds import (
    INT,
    Array,
    Bottom,
    Kind,
    ListOf,
    ObjectOf,
    Opaque,
    Outside,
    Reference,
    Scalar,
    Static,
    TupleOf,
)


def make_tuple(items: tuple[Expr, ...], cls: type) -> Tuple:
    return Tuple(items, cls, TupleOf(tuple(i.kind for i in items), cls))


def none() -> Const:
    return Const(None, Static(None))


def static(value: Any, text: str | None = None) -> Const:
    return Const(value, Static(value), text)


def leaf_names(name: str, value: Expr) -> list[tuple[str, Expr]]:
    """The variables that ``name = value`` binds, with the leaves."""
    if isinstance(value, Tuple):
        return [leaf for i, item in enumerate(value.items) for leaf in leaf_names(f"{name}_{i}", item)]
    return [(name, value)]


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


def describe(kind: Kind) -> str:
    """A kind in words, for messages."""
    match kind:
        case Scalar():
            return {"float64": "a float", "int64": "an int", "bool": "a bool"}.get(kind.dtype, f"a {kind.dtype} number")
        case Array():
            return f"a {kind.ndim}-d {kind.dtype} array"
        case TupleOf(cls=cls) if cls.__name__ == "Given":
            return f"{describe(kind.items[1])} or None"
        case TupleOf():
            return f"a {kind.cls.__name__} of {len(kind.items)}"
        case ListOf():
            return "a list"
        case Static(value=None):
            return "None"
        case Static():
            return f"the {type(kind.value).__name__} {getattr(kind.value, '__name__', kind.value)!r}"
        case Reference() | ObjectOf() | Outside():
            return {dict: "a dict", list: "a list"}.get(kind.cls, f"a {kind.cls.__name__} object")
        case Opaque():
            return {"str": "a string"}.get(kind.what, f"a {kind.what} object" if kind.what != "object" else "an object")
        case Bottom():
            return "a value that is not known yet"
    return "a value of unknown kind"


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
