"""How many positional arguments a function takes, where its signature alone says so."""

from __future__ import annotations

import ast
import inspect
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.free import plain
from zygote_nb.frontend.heap import Obj, read_field
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.ir.core import Const

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def positional_count(lo: Lowering, fn: Any, call: ast.Call) -> int | None:
    """The positional arguments that a call must have beside its keywords; None if it may have more or fewer."""
    if isinstance(fn, Obj) and fn.cls is MethodType:
        function = read_field(lo, call, fn, "__func__")
        count = positional_count(lo, function, call)
        return None if count is None else count - 1
    if not isinstance(fn, Const) or any(k.arg is None for k in call.keywords):
        return None
    named = {k.arg for k in call.keywords}
    match fn.value:
        case LocalFunction():
            return of_node(fn.value.node.args, named)
        case np.ufunc():
            return fn.value.nin
    try:
        parameters = inspect.signature(plain(fn.value)).parameters.values()
    except (TypeError, ValueError):
        return None
    ours = [p for p in parameters if p.kind in POSITIONAL and p.name not in named]
    several = any(p.kind is p.VAR_POSITIONAL or (p in ours and p.default is not p.empty) for p in parameters)
    return None if several else len(ours)


def of_node(args: ast.arguments, named: set[str | None]) -> int | None:
    positional = [*args.posonlyargs, *args.args]
    optional = positional[len(positional) - len(args.defaults) :]
    if args.vararg is not None or any(a.arg not in named for a in optional):
        return None
    return sum(a.arg not in named for a in positional)
