"""Rules, inlined: from a call and the rule for it to the statements and expressions of its pullback."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from zygote_nb.errors import NoRuleError, ZygoteError
from zygote_nb.frontend.lower import make_tuple
from zygote_nb.frontend.source import capture
from zygote_nb.ir.core import Apply, Assign, Attribute, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import Array, Static
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import names, rebuild
from zygote_nb.rules.registry import Rule
from zygote_nb.transform import algebra
from zygote_nb.transform.broadcasting import like
from zygote_nb.transform.rule.lowering import RuleLowering, RuleProgram, scalar_kind
from zygote_nb.transform.rule.pullback import RESULT, SEED, Pullback
from zygote_nb.transform.rule.run import run_body, run_pullback


def of_call(rule: Rule, call: Apply, fresh: Callable[[str], str]) -> Pullback:
    """The pullback of ``call``, with the seed named SEED and the result named RESULT."""
    assert rule.definition is not None
    source = capture(rule.definition)
    program = RuleProgram(lambda fn: True, scalar_kind, rule.definition)
    lo = RuleLowering(source, program, ())
    lo.call, lo.result = call, Name(RESULT, call.kind)
    lo.new_name, lo.ruled, lo.built_in = fresh, rule.fn, rule.built_in
    if rule.form == "elementwise":
        return elementwise(lo, rule, call)
    return reverse(lo, rule, call)


def bind_call(lo: RuleLowering, rule: Rule, call: Apply, leading: tuple[Expr, ...] = ()) -> None:
    """The rule's parameters as the call's arguments."""
    assert rule.definition is not None
    signature = inspect.signature(rule.definition)
    try:
        bound = signature.bind(*leading, *call.args, **dict(call.kwargs))
    except TypeError as error:
        raise rule_error(rule, call, f"the rule does not take these arguments: {error}") from None
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            lo.env[name] = make_tuple(tuple(bound.arguments.get(name, ())), tuple)
        elif parameter.kind is parameter.VAR_KEYWORD:
            lo.env[name] = make_tuple((), tuple)
        elif name in bound.arguments:
            lo.env[name] = bound.arguments[name]
        else:
            lo.env[name] = constant(parameter.default)


def constant(value: Any) -> Const:
    return Const(value, scalar_kind(value) if isinstance(value, (bool, int, float)) else Static(value))


def rule_error(rule: Rule, call: Apply, what: str) -> ZygoteError:
    return NoRuleError(f"`{show(call)}`: {what}", hint=f"the rule is at {rule.place}")


def is_elementwise(rule: Rule) -> bool:
    return rule.form == "elementwise"


def elementwise(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """Seed times partial derivative, summed over what was broadcast."""
    tree = lo.source.tree
    bind_call(lo, rule, call, (lo.result,))
    if isinstance(tree, ast.Lambda):
        value = lo.expr(tree.body)
    else:
        value = run_body(lo, tree.body)[0]
    partials = value.items if isinstance(value, Tuple) else (value,)
    seed = Name(SEED, call.kind)
    cotangents = tuple(cotangent(call, i, p, seed) for i, p in zip(range(len(call.args)), partials, strict=False))
    return Pullback(cotangents, tuple(lo.out))


def cotangent(call: Apply, position: int, partial: Expr, seed: Expr) -> Expr | None:
    if isinstance(partial, Const) and (partial.value is None or partial.value == 0):
        return None
    return algebra.mul(seed, partial)


def reverse(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """A rule in ChainRules' form."""
    bind_call(lo, rule, call)
    tree = lo.source.tree
    assert isinstance(tree, ast.FunctionDef)
    result, pullback = run_body(lo, tree.body)
    forward = tuple(lo.out)
    own = result != lo.result and not lo.is_call(result)
    lo.out = []
    seed = Name(SEED, call.kind)
    cotangents = run_pullback(lo, pullback, seed)
    cotangents = tuple(None if c is None else of_shapes(c) for c in arrange(rule, call, cotangents))
    needed = needed_before(forward, cotangents, tuple(lo.out))
    return Pullback(cotangents, needed + tuple(lo.out), forward if own else (), result if own else None)


def of_shapes(expr: Expr) -> Expr:
    """Sizes are read off a variable of the same shape where there is one."""

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn == TRANSPOSED and isinstance(e.args[0], Apply) and e.args[0].fn == TRANSPOSED:
            return e.args[0].args[0]
        if (
            isinstance(e, Apply)
            and e.fn in SHAPES
            and isinstance(e.args[0], Apply)
            and isinstance(e.args[0].kind, Array)
        ):
            return replace(e, args=(like(e.args[0]), *e.args[1:]))
        return e

    return rebuild(expr, change)


TRANSPOSED = Attribute("T")
SHAPES = {Attribute("size"), Attribute("shape"), np.zeros_like, np.ones_like, len}


def needed_before(
    forward: tuple[Stmt, ...], cotangents: tuple[Expr | None, ...], out: tuple[Stmt, ...]
) -> tuple[Stmt, ...]:
    """What the rule computes on the way forward and its pullback reads."""
    wanted = set().union(*(names(c) for c in cotangents if c is not None), *(names(s.value) for s in out))  # type: ignore[union-attr]
    kept: list[Stmt] = []
    for stmt in reversed(forward):
        assert isinstance(stmt, Assign)
        if stmt.target in wanted:
            kept.append(stmt)
            wanted |= names(stmt.value)
    return tuple(reversed(kept))


def arrange(rule: Rule, call: Apply, value: Expr) -> tuple[Expr | None, ...]:
    """One cotangent for each positional argument."""
    count = len(call.args)
    if count == 1 and not (
        isinstance(value, Tuple) and isinstance(call.args[0], Tuple) is False and len(value.items) == 1
    ):
        items: tuple[Expr, ...] = (value,)
    elif isinstance(value, Tuple):
        items = value.items
    elif isinstance(value, Const) and value.value is None:
        items = (value,) * count
    else:
        items = (value,)
    if len(items) < count:
        spare = call.args[len(items) :]
        if any(isinstance(a.kind, Array) for a in spare):
            raise rule_error(rule, call, f"the pullback returns {len(items)} cotangents for {count} arguments")
        items += (Const(None, Static(None)),) * (count - len(items))
    return tuple(None if isinstance(i, Const) and i.value is None else i for i in items[:count])
