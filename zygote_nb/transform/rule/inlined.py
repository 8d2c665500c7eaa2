"""Rules, inlined: from a call and the rule for it to the statements and expressions of its pullback."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.errors import SourceNotFoundError, UnsupportedSyntaxError
from zygote_nb.frontend.lower import Ended
from zygote_nb.frontend.source import Source, capture
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import FALSE, Apply, Assign, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar, TupleOf
from zygote_nb.ir.walk import names, rebuild
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime.called import broadcasts
from zygote_nb.transform import algebra
from zygote_nb.transform.broadcasting import like
from zygote_nb.transform.rule.arrangement import arrange, check_count, places, rule_error, signature, why_unknown
from zygote_nb.transform.rule.called import called, definition, held_to_shape
from zygote_nb.transform.rule.complexes import is_complex
from zygote_nb.transform.rule.lowering import (
    NotInlined,
    RuleLowering,
    RuleProgram,
    constant,
    same_shape,
    scalar_kind,
)
from zygote_nb.transform.rule.pullback import RESULT, SEED, Pullback, part
from zygote_nb.transform.rule.run import run_body, run_lambda_or_body, run_pullback


@lru_cache(4096)
def kept_source(definition: Callable[..., Any]) -> Source:
    """That of a built-in rule, which doesn't change."""
    return capture(definition)


def of_call(rule: Rule, call: Apply, fresh: Callable[[str], str]) -> Pullback:
    """The pullback of ``call``, with the seed named SEED and the result named RESULT."""
    assert rule.definition is not None
    if rule.form == "called":
        return called(rule, call, fresh, seed_of(call.kind))
    try:
        source = (kept_source if rule.built_in else capture)(rule.definition)
    except SourceNotFoundError:
        if rule.form != "reverse":
            raise
        return called(rule, call, fresh, seed_of(call.kind))
    program = RuleProgram(lambda fn: True, scalar_kind, rule.definition)
    lo = RuleLowering(source, program, ())
    lo.about(rule, call, result_of(call.kind), fresh)
    match rule.form:
        case "elementwise":
            return elementwise(lo, rule, call)
        case "pullback":
            return direct(lo, rule, call)
    return reverse(lo, rule, call) if rule.built_in else users_reverse(lo, rule, call)


def users_reverse(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """A rule of the user's: inlined, or called where it does what only runs."""
    try:
        made = reverse(lo, rule, call)
    except (NotInlined, UnsupportedSyntaxError, Ended):
        return called(rule, call, lo.new_name, seed_of(call.kind))
    for i, (c, arg) in enumerate(zip(made.cotangents, call.args, strict=False)):
        if c is not None and is_complex(c.kind) and not is_complex(arg.kind) and not is_complex(call.kind):
            raise rule_error(
                rule, call, f"the cotangent of argument {i + 1} is complex, and what it belongs to is real"
            )
    held = tuple(None if c is None else in_shape(rule, call, i, c) for i, c in enumerate(made.cotangents))
    return replace(made, cotangents=held)


def only_values(lo: RuleLowering) -> tuple[Stmt, ...]:
    """The statements of a rule, if all of them make values: what else it does happens when it is called."""
    if not lo.built_in and not all(isinstance(s, Assign) for s in lo.out):
        raise NotInlined
    return tuple(lo.out)


def in_shape(rule: Rule, call: Apply, position: int, cotangent: Expr) -> Expr:
    """A cotangent that has the shape of its argument, as far as can be told here, or is looked at later."""
    if position >= len(call.args) or isinstance(call.args[position], Tuple):
        return cotangent
    kind = call.args[position].kind
    if not isinstance(kind, Array) and not isinstance(cotangent.kind, Array):
        return cotangent
    if isinstance(kind, Array) and same_shape(kind, cotangent.kind):
        return cotangent
    return held_to_shape(rule, call, position, cotangent)


def result_of(kind: Kind) -> Expr:
    """The result of the call as the rule sees it: a tuple entry by entry."""
    whole = Name(RESULT, kind)
    if not isinstance(kind, TupleOf):
        return whole
    items = [Apply(operator.getitem, (whole, Const(i, INT)), (), k) for i, k in enumerate(kind.items)]
    return make_tuple(tuple(items), kind.cls)


def seed_of(kind: Kind) -> Expr:
    """The cotangent of the result: that of each entry of a tuple has a name of its own."""
    if not isinstance(kind, TupleOf):
        return Name(SEED, kind)
    return make_tuple(tuple(Name(part(SEED, i), k) for i, k in enumerate(kind.items)), tuple)


def bind_call(lo: RuleLowering, rule: Rule, call: Apply, leading: tuple[Expr, ...] = ()) -> None:
    """The rule's parameters as the call's arguments."""
    assert rule.definition is not None
    declared = signature(rule.definition)
    try:
        bound = declared.bind(*leading, *call.args, **dict(call.kwargs))
    except TypeError as error:
        raise rule_error(rule, call, f"the rule does not take these arguments: {error}") from None
    refuse_overwriting(rule, call, (*bound.arguments.items(), *call.kwargs))
    for name, parameter in declared.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            lo.env[name] = make_tuple(tuple(bound.arguments.get(name, ())), tuple)
        elif parameter.kind is parameter.VAR_KEYWORD:
            lo.env[name] = make_tuple((), tuple)
        elif name in bound.arguments:
            lo.env[name] = bound.arguments[name]
        else:
            lo.env[name] = constant(parameter.default)


def refuse_overwriting(rule: Rule, call: Apply, given: Iterable[tuple[str, Any]]) -> None:
    """SciPy's functions may be told to leave garbage in their arguments."""
    for name, value in given:
        if rule.built_in and name.startswith("overwrite_") and value != FALSE:
            raise rule_error(rule, call, f"with `{name}` it destroys its argument, which the derivative may need")


def is_elementwise(rule: Rule) -> bool:
    return rule.form == "elementwise"


def elementwise(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """Seed times partial derivative, summed over what was broadcast."""
    bind_call(lo, rule, call, (lo.result,))
    value, _ = run_lambda_or_body(lo, lo.source.tree)
    partials = value.items if isinstance(value, Tuple) else (value,)
    check_count(rule, call, len(partials), 1)
    if not rule.built_in:
        partials = tuple(of_result(rule, call, lo.result, p) for p in partials)
    wanted = [len(partials) if p is None else p for p in places(rule, call, 1)]
    seed = Name(SEED, call.kind)
    cotangents = tuple(cotangent(partials[w], seed) if w < len(partials) else None for w in wanted)
    silent = {i: "" if w >= len(partials) else why_unknown(partials[w]) for i, w in enumerate(wanted)}
    silent = {i: why for i, why in silent.items() if why or wanted[i] >= len(partials)}
    return Pullback(cotangents, tuple(lo.out), silent=silent)


def of_result(rule: Rule, call: Apply, result: Expr, partial: Expr) -> Expr:
    """A partial derivative of the user's, which must broadcast to the result."""
    known = isinstance(partial, Const) and not isinstance(partial.value, str)
    if known or isinstance(partial.kind, Scalar) or same_shape(partial.kind, call.kind):
        return partial
    return Apply(broadcasts, (partial, result, definition(rule)), (), call.kind)


def cotangent(partial: Expr, seed: Expr) -> Expr | None:
    if isinstance(partial, Const) and (partial.value is None or partial.value == 0 or why_unknown(partial)):
        return None
    return algebra.mul(seed, partial)


def direct(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """A rule that is the pullback alone."""
    bind_call(lo, rule, call, (seed_of(call.kind), lo.result))
    lo.call = None
    value, written_out = run_lambda_or_body(lo, lo.source.tree)
    cotangents, silent = arrange(rule, call, value, written_out, 2)
    return Pullback(tuple(None if c is None else of_shapes(c) for c in cotangents), tuple(lo.out), silent=silent)


def reverse(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """A rule in ChainRules' form."""
    bind_call(lo, rule, call)
    result, pullback = run_body(lo, lo.source.tree)
    forward = only_values(lo)
    own = result != lo.result and not lo.is_call(result)
    lo.out = []
    value, written_out = run_pullback(lo, pullback, seed_of(call.kind))
    only_values(lo)
    arranged, silent = arrange(rule, call, value, written_out, 0)
    cotangents = tuple(None if c is None else of_shapes(c) for c in arranged)
    needed = needed_before(forward, cotangents, tuple(lo.out))
    return Pullback(cotangents, needed + tuple(lo.out), forward if own else (), result if own else None, silent)


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
