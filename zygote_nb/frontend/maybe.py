"""A value or None, depending on the path taken: a condition that says whether it is there, and the value.

``if r is None`` is that condition; on either side of it, what the name stands for is known. Using a value that is not
there raises TypeError, as Python does.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import FALSE, TRUE, Apply, Const, Expr, If, Name, Raise, Tuple
from zygote_nb.ir.kinds import INT, Array, Kind, Opaque, Reference, Scalar, Static

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


@dataclass(frozen=True, slots=True)
class Maybe:
    """``value`` where ``test`` holds, None elsewhere."""

    test: Expr
    value: Any
    kind: Kind = field(default=Reference(type(None)), compare=False)


def is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None and isinstance(value.kind, Static)


def parts(value: Any) -> tuple[Expr, Any]:
    """The condition and the value of anything; a value of None is None."""
    if isinstance(value, Maybe):
        return value.test, value.value
    return (FALSE, None) if is_none(value) else (TRUE, value)


def stand_in(value: Any) -> Any:
    """Something of the same kind where there is no value, which nothing reads; None if there is no such thing."""
    if isinstance(value, Tuple):
        items = [stand_in(i) for i in value.items]
        return None if None in items else Tuple(tuple(items), value.cls, value.kind)
    match value.kind:
        case Scalar() if value.kind.dtype[0] in "fiub":
            return Const({"f": 0.0, "b": False}.get(value.kind.dtype[0], 0), value.kind)
        case Array():
            shape = Tuple((Const(0, INT),) * value.kind.ndim)
            dtype = Const(np.dtype(value.kind.dtype).type, Opaque("dtype"))
            return Apply(np.zeros, (shape, dtype), (), Array(value.kind.dtype, (None,) * value.kind.ndim))
    return None


def given(lo: Lowering, value: Maybe, error_class: type[Exception] = TypeError, what: str | None = None) -> Any:
    """The value, where it is used: it must be there."""
    node = lo.statement or lo.source.tree
    said = () if what is None else (Const(what, Static(what)),)
    error = Apply(error_class, said, (), Opaque("exception"), None, lo.span(node))
    lo.out.append(If(lo.negation(node, value.test), (Raise(error, lo.span(node)),), (), lo.span(node)))
    return value.value


def comparison(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Any, right: Any) -> Expr | None:
    """``value is None`` and its like; None if this is another comparison."""
    if isinstance(right, Maybe) and is_none(left):
        left, right = right, left
    if not (isinstance(left, Maybe) and is_none(right)):
        return None
    if isinstance(op, (ast.Is, ast.Eq)):
        return lo.negation(node, left.test)
    return left.test if isinstance(op, (ast.IsNot, ast.NotEq)) else None


def narrowed(env: dict[str, Any], test: Expr, holds: bool) -> dict[str, Any]:
    """The names and objects of which more is known where a condition holds, or doesn't; with what they become."""
    while isinstance(test, Apply) and test.fn is operator.not_:
        test, holds = test.args[0], not holds
    if not isinstance(test, Name):
        return {}
    none = Const(None, Static(None))
    known = {n: v for n, v in env.items() if isinstance(v, Maybe) and v.test == test}
    found: dict[str, Any] = {n: v.value if holds else none for n, v in known.items()}
    for key, content in env.items():
        fields = getattr(content, "fields", ())
        told = {k: v.value if holds else none for k, v in fields if isinstance(v, Maybe) and v.test == test}
        if told:
            found[key] = replace(content, fields=tuple((k, told.get(k, v)) for k, v in fields))
    return found
