"""Lowering of ``raise`` and ``assert``."""

from __future__ import annotations

import ast

from zygote_nb.errors import NoRuleError, UnsupportedSyntaxError
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


def lower_raise(lo: Lowering, node: ast.Raise) -> None:
    lo.out.append(Raise(raised(lo, node.exc, node), lo.span(node)))


def raised(lo: Lowering, exc: ast.expr | None, node: ast.AST) -> Expr:
    """The exception object; its arguments are evaluated when it is raised."""
    if exc is None:
        if not lo.handled:
            raise lo.refuse(node, "a bare `raise` stands outside of all handlers", "raise an exception by name")
        return Name(lo.handled[-1], Opaque("exception"))
    if isinstance(exc, ast.Call):
        fn = lo.expr(exc.func)
        args = [raised_argument(lo, a) for a in exc.args]
        if isinstance(fn, Const):
            return Apply(fn.value, tuple(args), (), Opaque("exception"), None, lo.span(node))
    value = lo.expr(exc)
    if isinstance(value, Name) and value.kind == Opaque("exception"):
        return value
    if not isinstance(value, Const):
        raise lo.refuse(node, "only exceptions made on the spot are raised", "write `raise ValueError(...)`")
    return Apply(value.value, (), (), Opaque("exception"), None, lo.span(node))


def raised_argument(lo: Lowering, node: ast.expr) -> Expr:
    try:
        return lo.shown(node, lo.value(node))
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
        error = Apply(AssertionError, said, (), Opaque("exception"), None, lo.span(node))
        lo.out.append(Raise(error, lo.span(node)))

    block, _ = lo.sub_block(fail)
    lo.out.append(If(failed, block, (), lo.span(node)))


def ending(lo: Lowering, node: ast.AST, end: Ended) -> Raise:
    """The exception that Python surely raises here."""
    made = Apply(end.error, (static(end.message),), (), Opaque("exception"), None, lo.span(node))
    return Raise(end.raised or made, lo.span(node))
