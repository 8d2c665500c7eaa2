"""Which operation of a statement made a number that is not finite: a statement may hold those of several lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.replay.values import Seen, seen

__all__ = ["Part", "bad_part"]


@dataclass(frozen=True, slots=True)
class Part:
    """An operation as generated code has it, its value, and the names in it and in the operations around it,
    innermost first."""

    text: str
    value: Seen
    at: Any
    names: tuple[str, ...]


def bad_part(text: str, entry: tuple[int, ...], shape: tuple[int, ...], scope: Mapping[str, Any]) -> Part | None:
    """The first operation in a statement that makes such a number out of finite ones; None if that can't be said.

    The statement has run. Its operations are evaluated again where that has no effects, and where what it reads is as
    it was.
    """
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return None
    bound = {n.id for n in walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.id for t in _targets(statement) for n in walk(t) if isinstance(n, ast.Name)}
    if bound & set(_names(statement.value)):
        return None
    way = _descend(statement.value, entry, shape, scope)
    if not way:
        return None
    node, value = way[-1], _evaluated(way[-1], scope)
    at = value[entry] if entry and np.shape(value) == shape else None
    names = dict.fromkeys(name for outer in reversed(way) for name in _names(outer))
    summary = seen(value)
    return None if summary is None else Part(ast.unparse(node), summary, at, tuple(names))


def _descend(
    node: ast.expr, entry: tuple[int, ...], shape: tuple[int, ...], scope: Mapping[str, Any]
) -> tuple[ast.expr, ...]:
    """From an expression whose value is not finite to the operation in it that made it so, which is the last."""
    if not _is_pure(node, scope):
        return ()
    value = _evaluated(node, scope)
    if np.all(np.isfinite(value[entry] if entry and np.shape(value) == shape else value)):
        return ()
    for child in _operands(node):
        if found := _descend(child, entry, shape, scope):
            return (node, *found)
    return (node,) if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call | ast.IfExp) else ()


def _targets(statement: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        operand = child.value if isinstance(child, ast.keyword) else child
        if isinstance(operand, ast.expr) and not isinstance(operand, ast.Lambda):
            yield operand


def _names(node: ast.expr) -> list[str]:
    return [n.id for n in walk(node) if isinstance(n, ast.Name)]


def _is_pure(node: ast.expr, scope: Mapping[str, Any]) -> bool:
    """Whether all that it calls are functions of NumPy, of math, or of ours that only compute."""
    calls = [n.func for n in walk(node) if isinstance(n, ast.Call)]
    return all(_is_known(func, scope) for func in calls) and all(n in scope for n in _names(node))


def _is_known(func: ast.expr, scope: Mapping[str, Any]) -> bool:
    match func:
        case ast.Attribute(value=ast.Name(id="np" | "math")):
            return True
        case ast.Name(id=name):
            module = getattr(scope.get(name), "__module__", None) or ""
            return module.startswith("zygote_nb.runtime") and not name.endswith(("_backward", "_forward"))
    return False


def _evaluated(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<part>", "eval")
    try:
        with np.errstate(all="ignore"):
            value = eval(code, {"__builtins__": {}}, dict(scope))
        return value if np.issubdtype(np.result_type(value), np.inexact) else 0.0
    except Exception:  # what can't be computed again is not the culprit, as far as can be said
        return 0.0
