"""Functions that are chosen by the class of their first argument: ``functools.singledispatch``."""

from __future__ import annotations

import ast
import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.layout import Dependency
from zygote_nb.frontend.oneof import dispatched, is_one_of
from zygote_nb.frontend.templates import Members, Rows, Table
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Scalar, Static, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
CODE = functools.singledispatch(lambda x: x).__code__  # type: ignore[attr-defined]
CONTAINERS = {Rows: list, Table: dict, Members: set}


@dataclass(frozen=True, slots=True)
class OfClass:
    """The step from such a function to the one that it calls for a class; another may be registered later."""

    cls: type

    def of(self, fn: Any) -> Any:
        return fn.dispatch(self.cls)


def chooses_by_class(fn: Any) -> bool:
    return isinstance(fn, FunctionType) and fn.__code__ is CODE


def call(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    if args and is_one_of(args[0]):
        first, *rest = args
        return dispatched(lo, node, first, lambda obj: lo.evaluated(call(lo, node, fn, [obj, *rest], kwargs), node))
    if not args:
        raise lo.raised(node, TypeError, f"{fn.__name__} requires at least 1 positional argument")
    own = OfClass(class_of(lo, node, args[0]))
    chosen = own.of(fn)
    lo.program.dependencies.append(Dependency((*lo.program.way_to(fn), ("column", own)), chosen))
    return lo.call_value(node, static(chosen, fn.__name__), args, kwargs)


def class_of(lo: Lowering, node: ast.AST, value: Any) -> type:
    """The class that Python would find."""
    if isinstance(value, Obj):
        return CONTAINERS.get(value.cls, value.cls)
    if isinstance(value, Tuple):
        return value.cls
    match value.kind:
        case Static() if isinstance(value, Const):
            return type(value.value)
        case Scalar():
            plain = {"float64": float, "int64": int, "bool": bool, "complex128": complex}
            found = plain.get(value.kind.dtype) if value.kind.weak or value.kind.dtype == "bool" else None
            return found or np.dtype(value.kind.dtype).type
        case Array():
            return np.ndarray
        case ListOf():
            return list
    raise lo.refuse(node, f"which function is meant for {describe(value.kind)} can't be told", "call it by name")
