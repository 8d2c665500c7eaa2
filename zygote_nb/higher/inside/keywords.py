"""The arguments of calls of SciPy's functions, by their names."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np

from zygote_nb.frontend.foreign import handed
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import Array, Scalar, describe

Kwargs = tuple[tuple[str, Any], ...]


def bound(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs, passed: str) -> dict[str, Any]:
    """The arguments of a call by name; those not among ``passed`` must be left at their defaults."""
    signature = inspect.signature(fn)
    try:
        found = signature.bind(*args, **dict(kwargs)).arguments
    except TypeError as error:
        raise lo.raised(node, TypeError, str(error)) from None
    free = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), "")
    found |= found.pop(free, {})
    for name, value in found.items():
        if name not in passed.split() and is_given(value):
            what = f"`{fn.__name__}` with `{name}` is not differentiated"
            raise lo.refuse(node, what, "leave it out, or write a rule with zg.rrule")
    return found


def is_given(value: Any) -> bool:
    """Whether an argument that may be None, or False, is something else."""
    return value is not None and not (isinstance(value, Const) and value.value in (None, False))


def options(lo: Lowering, node: ast.AST, given: dict[str, Any], names: str) -> Kwargs:
    """Those of the arguments that are handed on as they are."""
    return tuple((name, handed(lo, node, given[name])) for name in names.split() if name in given)


def vector(lo: Lowering, node: ast.AST, value: Any) -> Expr:
    """The start, as an array of one axis."""
    value = lo.snapshot(value)
    start: Expr = lo.as_array(node, value) if isinstance(value, Tuple) else value
    if isinstance(start.kind, Scalar):
        start = lo.apply(node, np.atleast_1d, [start])
    if not isinstance(start.kind, Array) or start.kind.ndim != 1 or start.kind.dtype[0] not in "fiu":
        what = f"the start is {describe(start.kind)}"
        raise lo.refuse(node, what, "start with a vector of real numbers")
    if start.kind.dtype != "float64":
        start = lo.apply(node, np.asarray, [start, static(float)])
    return start if isinstance(start, Name) else lo.temporary("start", start, node)
