"""What has no compiled form, as calls out of compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.alias import ADDING, PARTIAL_VIEWS, VIEWS_IF_REAL, is_view
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute, Method, Variant
from zygote_nb.ir.core import Apply, Block, Const, Expr, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, Opaque, Scalar, TupleOf
from zygote_nb.ir.walk import blocks, map_expressions, rebuild, with_blocks
from zygote_nb.runtime.calling import Called, Display, Fixed, Given, Member, Result, Results

LIBRARIES = {"numpy", "scipy", "math", "cmath", "operator", "_operator", "builtins", "statistics"}
OF_THE_USER = {f"zygote_nb.runtime.{name}" for name in ("called", "steering", "libraries", "kept", "places", "lists")}
"""Modules of helpers that call functions of the user's, or change what isn't memory of the program."""
DTYPES = ("float64", "float32", "complex128", "complex64", "int64", "int32", "bool")
READ_ONLY = {np.diagonal, np.linalg.diagonal, np.broadcast_arrays, Method("diagonal")} | PARTIAL_VIEWS | VIEWS_IF_REAL
"""Functions whose results compiled code can't hold: views that can't be written to, or that may be none."""
MADE = {np.zeros, np.ones, np.empty, np.full, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.array}
"""Functions that make arrays, which every text has."""
FORMULAS = {f"zygote_nb.runtime.{name}" for name in (
    "arrays", "contractions", "dense", "grids", "matrices", "polynomials", "quantiles", "rearranging", "reductions",
    "spectral", "structured",
)}  # fmt: skip
"""Modules of functions of arrays."""
PLAIN = (bool, int, float, complex, str, type(None), type(Ellipsis), type, np.dtype)


def called(expr: Apply, why: str) -> Apply:
    """The call as compiled code hands it to Python; raises NotCompiled, with the reason given, if it can't."""
    fn = expr.fn.fn if isinstance(expr.fn, Variant) else expr.fn
    if not is_of_library(fn) or fn in READ_ONLY:
        raise NotCompiled(why)
    values: list[Expr] = []

    def shown(arg: Expr) -> Given | Display | Fixed:
        return argument(arg, values, why)

    args = tuple(map(shown, expr.args))
    kwargs = tuple((name, shown(arg)) for name, arg in expr.kwargs)
    results = None if fn in ADDING else results_of(expr.kind, is_view(expr), why)
    made = Called(member(fn), args, kwargs, results, f"call_{name_of(fn)}")
    return Apply(made, tuple(values), (), expr.kind, None, expr.span)


def with_calls(function: Generated) -> Generated:
    """The function with calls in place of all that is neither elementwise nor made for compiled code."""
    forward, backward = with_calls_in(function.forward), with_calls_in(function.backward)
    results = tuple(rebuild(r, call_or_not) for r in function.results)
    return replace(function, forward=forward, backward=backward, results=results)


def with_calls_in(block: Block) -> Block:
    changed = (map_expressions(s, lambda e: rebuild(e, call_or_not)) for s in block)
    return tuple(with_blocks(s, tuple(map(with_calls_in, blocks(s)))) for s in changed)


def call_or_not(expr: Expr) -> Expr:
    if not isinstance(expr, Apply) or not is_left_to_python(expr.fn):
        return expr
    try:
        return called(expr, "")
    except NotCompiled:
        return expr


def is_left_to_python(fn: Any) -> bool:
    if isinstance(fn, np.ufunc) or fn in MADE:
        return False
    module = getattr(fn, "__module__", None) or ""
    return isinstance(fn, Method) or module.split(".")[0] in ("numpy", "scipy") or module in FORMULAS


def is_of_library(fn: Any) -> bool:
    """Whether the call does nothing but compute: functions of the user's are no such thing."""
    if isinstance(fn, (Attribute, Method)):
        return True
    if isinstance(fn, np.ufunc):
        return any("O" not in types for types in fn.types)
    module = getattr(fn, "__module__", None) or ""
    ours = module.startswith("zygote_nb.runtime.") and module not in OF_THE_USER
    return callable(fn) and (ours or module.split(".")[0] in LIBRARIES)


def member(fn: Any) -> Callable[..., Any] | Member:
    if isinstance(fn, (Attribute, Method)):
        return Member(fn.name, isinstance(fn, Method))
    return fn  # type: ignore[no-any-return]


def name_of(fn: Any) -> str:
    name = getattr(fn, "__name__", None) or getattr(fn, "name", "function")
    return name if name.isidentifier() else "function"


def argument(arg: Expr, values: list[Expr], why: str) -> Given | Display | Fixed:
    """An argument; what is known as the program runs is added to the values."""
    match arg:
        case Const(value=value) if is_fixed(value):
            return Fixed(value)
        case Tuple(cls=cls) if cls in (tuple, list):
            return Display(cls, tuple(argument(i, values, why) for i in arg.items))
        case Apply(fn=fn) if fn is slice:
            return Display(slice, tuple(argument(i, values, why) for i in arg.args))
    if not is_handed_over(arg.kind):
        raise NotCompiled(why)
    values.append(arg)
    strict = isinstance(arg.kind, Scalar) and arg.kind.weak is False
    return Given(arg.kind.dtype if strict else None)  # type: ignore[union-attr]


def is_fixed(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(is_fixed, value))
    return isinstance(value, PLAIN) or is_of_library(value)


def is_handed_over(kind: Kind) -> bool:
    """Whether compiled code can give Python a value of the kind."""
    if isinstance(kind, TupleOf):
        return kind.cls is tuple and all(map(is_handed_over, kind.items))
    return isinstance(kind, (Scalar, Array)) and kind.dtype in DTYPES


def results_of(kind: Kind, view: bool, why: str) -> Results:
    match kind:
        case Scalar(dtype) if dtype in DTYPES:
            return Result(dtype, None)
        case Array(dtype) if dtype in DTYPES:
            return Result(dtype, kind.ndim, view)
        case TupleOf(items=items) if items and issubclass(kind.cls, tuple | list):
            return tuple(results_of(i, view, why) for i in items)
        case Opaque("none"):
            return None
    raise NotCompiled(why)
