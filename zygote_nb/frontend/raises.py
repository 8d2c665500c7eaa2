"""Lowering of ``raise`` and ``assert``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zygote_nb.errors import NoRuleError, UnsupportedSyntaxError
from zygote_nb.frontend import carrying
from zygote_nb.frontend.lower import Ended, Lowering
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import (
    TRUE,
    Apply,
    Const,
    Expr,
    If,
    Name,
    Raise,
)
from zygote_nb.ir.kinds import Opaque

EXCEPTION = Opaque("exception")


def lower_raise(lo: Lowering, node: ast.Raise) -> None:
    lo.out.append(Raise(raised(lo, node.exc, node), lo.span(node)))


def raised(lo: Lowering, exc: ast.expr | None, node: ast.AST) -> Expr:
    """The exception object; its arguments are evaluated when it is raised."""
    if exc is None:
        if not lo.handled:
            raise lo.refuse(node, "a bare `raise` stands outside of all handlers", "raise an exception by name")
        return again(lo, node, Name(lo.handled[-1], EXCEPTION))
    fn = lo.expr(exc.func) if isinstance(exc, ast.Call) else None
    if isinstance(exc, ast.Call) and isinstance(fn, Const):
        return made(lo, node, fn.value, exc)
    value = lo.expr(exc)
    if isinstance(value, Name) and value.kind == EXCEPTION:
        return again(lo, node, value)
    if not isinstance(value, Const):
        raise lo.refuse(node, "only exceptions made on the spot are raised", "write `raise ValueError(...)`")
    if lo.carriers.depth:
        carrying.leave(lo, node, value.value, [], ())
    return Apply(value.value, (), (), EXCEPTION, None, lo.span(node))


def again(lo: Lowering, node: ast.AST, error: Name) -> Name:
    carrying.again(lo, node, error)
    return error


def made(lo: Lowering, node: ast.AST, cls: type, call: ast.Call) -> Expr:
    from zygote_nb.frontend.calls import arguments

    given = arguments(lo, call) if lo.carriers.depth else None
    if given is not None:
        values = [lo.evaluated(v, node) for v in given[0]], tuple((k, lo.evaluated(v, node)) for k, v in given[1])
        carrying.leave(lo, node, cls, *values)
        args = [shown(lo, a, lambda v=v: v) for a, v in zip(call.args, values[0], strict=False)]
        kwargs = [(k, shown(lo, call, lambda v=v: v)) for k, v in values[1]]
    else:
        args = [raised_argument(lo, a) for a in call.args]
        kwargs = [(k.arg, raised_argument(lo, k.value)) for k in call.keywords if k.arg is not None]
    return Apply(cls, tuple(args), tuple(kwargs), EXCEPTION, None, lo.span(node))


def raised_argument(lo: Lowering, node: ast.expr) -> Expr:
    return shown(lo, node, lambda: lo.value(node))


def shown(lo: Lowering, node: ast.expr, value: Callable[[], Any]) -> Expr:
    try:
        return lo.shown(node, value())
    except (UnsupportedSyntaxError, NoRuleError) as refusal:
        # The user's own exception comes from the plain function, unless that has effects, or a handler looks at it.
        lo.program.not_shown.append(refusal)
        return static(ast.unparse(node))


def lower_assert(lo: Lowering, node: ast.Assert) -> None:
    test = lo.condition(node.test)
    if test == TRUE:
        return
    failed = lo.negation(node, test)

    def fail() -> None:
        said = () if node.msg is None else (raised_argument(lo, node.msg),)
        error = Apply(AssertionError, said, (), EXCEPTION, None, lo.span(node))
        lo.out.append(Raise(error, lo.span(node)))

    block, _ = lo.sub_block(fail)
    lo.out.append(If(failed, block, (), lo.span(node)))


def ending(lo: Lowering, node: ast.AST, end: Ended) -> Raise:
    """The exception that Python surely raises here."""
    made = Apply(end.error, (static(end.message),), (), EXCEPTION, None, lo.span(node))
    return Raise(end.raised or made, lo.span(node))
