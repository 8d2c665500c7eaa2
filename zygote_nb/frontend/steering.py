"""Lowering of ``zg.ignore_derivatives``, ``zg.hook``, ``zg.showgrad`` and ``zg.isderiving``."""

from __future__ import annotations

import ast
import functools
from types import FunctionType, MethodType
from typing import Any

from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.local import LocalFunction, captured_names
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import TRUE, Apply, Const, Tuple
from zygote_nb.ir.kinds import Opaque, Static, describe
from zygote_nb.runtime import steering

Kwargs = tuple[tuple[str, Any], ...]


def call_isderiving(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return TRUE


def call_ignore(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """The value, or the result of the function, with nothing of its derivative."""
    value = args[0]
    if is_function(value):
        value = lo.call_value(node, value, [])
    return detached(lo, node, lo.snapshot(value))


def is_function(value: Any) -> bool:
    if isinstance(value, Obj):
        return value.cls in (FunctionType, MethodType, functools.partial)
    known = isinstance(value, Const) and isinstance(value.kind, Static)
    return known and (callable(value.value) or isinstance(value.value, LocalFunction))


def detached(lo: Lowering, node: ast.AST, value: Any) -> Any:
    if isinstance(value, Tuple):
        return make_tuple(tuple(detached(lo, node, i) for i in value.items), value.cls)
    if isinstance(value, Obj):
        what = f"{describe(value.kind)} is kept out of the derivative"
        raise lo.refuse(node, what, "ignore the derivatives of its entries")
    if isinstance(value, Const) or isinstance(value.kind, Opaque):
        return value
    return Apply(steering.detached, (value,), (), value.kind, None, lo.span(node))


def call_hook(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    fn, value = args
    value = lo.snapshot(value)
    if isinstance(fn, Const) and isinstance(fn.value, LocalFunction):
        fn = static(python_function(lo, node, fn.value), fn.value.name)
    if not isinstance(fn, Const) or not callable(fn.value):
        what = "a hook is a function that is chosen as the program runs"
        raise lo.refuse(node, what, "name the function")
    return Apply(steering.hooked, (fn, value), (), value.kind, None, lo.span(node))


def python_function(lo: Lowering, node: ast.AST, fn: LocalFunction) -> Any:
    """A hook that is written where it is used, as a function that the backward sweep can call."""
    if captured_names(lo, fn) or fn.defaults:
        what = "a hook uses variables of the function that it stands in"
        raise lo.refuse(node, what, "define the hook outside, and use globals")
    tree = fn.node
    scope = lo.source.function.__globals__
    if isinstance(tree, ast.Lambda):
        return eval(compile(ast.Expression(tree), lo.source.filename, "eval"), scope)
    names: dict[str, Any] = {}
    exec(compile(ast.Module([tree], []), lo.source.filename, "exec"), scope, names)
    return names[tree.name]


def call_showgrad(lo: Lowering, node: ast.Call) -> Any:
    value = lo.expr(node.args[0])
    text = static(ast.unparse(node.args[0]))
    return Apply(steering.shown, (text, value), (), value.kind, None, lo.span(node))
