"""The statements of a rule's body, followed along the path that its static tests choose."""

from __future__ import annotations

import ast
from typing import Any

from zygote_nb.errors import NoRuleError
from zygote_nb.frontend.control import lower_simple
from zygote_nb.ir.core import Const, Expr
from zygote_nb.ir.kinds import Opaque, Static
from zygote_nb.transform.rule.lowering import NotInlined, RuleLowering


def run_lambda_or_body(lo: RuleLowering, tree: Any) -> tuple[Expr, bool]:
    """The value of a rule, and whether it is written out as a tuple display; tests are static."""
    if isinstance(tree, ast.Lambda):
        return lo.expr(tree.body), isinstance(chosen(lo, tree.body), ast.Tuple)
    outcome = run(lo, tree.body)
    if outcome is None:
        return Const(None, Static(None)), False
    return outcome[0], isinstance(outcome[1], ast.Tuple)


def chosen(lo: RuleLowering, node: ast.expr) -> ast.expr:
    """The branch that a conditional expression takes, where that is known."""
    while isinstance(node, ast.IfExp):
        _, test = lo.sub_block(lambda node=node: lo.condition(node.test))
        if not isinstance(test, Const):
            return node
        node = node.body if test.value else node.orelse
    return node


def run_body(lo: RuleLowering, tree: Any) -> tuple[Expr, Any]:
    """Evaluate a rule's body. Returns the result and the pullback's tree."""
    lines = [ast.Return(tree.body)] if isinstance(tree, ast.Lambda) else tree.body
    outcome = run(lo, lines)
    if outcome is None or not isinstance(outcome[1], (ast.FunctionDef, ast.Lambda)):
        raise lo.refuse(lo.source.tree, "the rule returns no pullback on this path", "return y, pullback")
    return outcome


def run(lo: RuleLowering, body: list[ast.stmt]) -> tuple[Expr, Any] | None:
    for node in body:
        match node:
            case ast.If():
                outcome = run(lo, node.body if static_test(lo, node.test) else node.orelse)
                if outcome is not None:
                    return outcome
            case ast.FunctionDef():
                lo.env[node.name] = Const(node, Opaque("pullback"))
            case ast.Return():
                return returned(lo, node)
            case ast.Raise():
                raise NoRuleError(reason(lo, node))
            case _:
                lower_simple(lo, node)
    return None


def reason(lo: RuleLowering, node: ast.Raise) -> str:
    """Why a rule does not cover a call: the message of the exception that it would raise."""
    if isinstance(node.exc, ast.Call) and node.exc.args:
        message = lo.expr(node.exc.args[0])
        if isinstance(message, Const):
            return str(message.value)
    return ast.unparse(node)


def returned(lo: RuleLowering, node: ast.Return) -> tuple[Expr, Any]:
    value = node.value
    if isinstance(value, ast.Tuple) and len(value.elts) == 2 and isinstance(value.elts[1], (ast.Name, ast.Lambda)):
        last = value.elts[1]
        pullback = last if isinstance(last, ast.Lambda) else lo.env.get(last.id)
        if isinstance(pullback, Const) and isinstance(pullback.value, ast.FunctionDef):
            return lo.expr(value.elts[0]), pullback.value
        if isinstance(pullback, ast.Lambda):
            return lo.expr(value.elts[0]), pullback
    if value is None:
        return Const(None, Static(None)), None
    return lo.expr(value), chosen(lo, value)


def static_test(lo: RuleLowering, node: ast.expr) -> bool:
    test = lo.condition(node)
    if not isinstance(test, Const):
        if not lo.built_in:
            raise NotInlined
        hint = "test what is known without running: None, ndim, literal keyword arguments"
        raise lo.refuse(node, f"`{ast.unparse(node)}` can't be decided when the rule is inlined", hint)
    return bool(test.value)


def run_pullback(lo: RuleLowering, tree: Any, seed: Expr) -> tuple[Expr, bool]:
    """The cotangents that the pullback returns for the seed, and whether they are written out as a tuple display."""
    lo.env[tree.args.args[0].arg] = seed
    lo.call = None
    return run_lambda_or_body(lo, tree)
