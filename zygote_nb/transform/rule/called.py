"""Rules whose source can't be inlined: the generated code calls them, and the pullback that they return."""

from __future__ import annotations

import operator
from collections.abc import Callable

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Apply, Assign, Attribute, Const, Expr, Name, Stmt
from zygote_nb.ir.kinds import INT, Kind, Opaque, Static, TupleOf
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime.called import fits, pull, push_rule, push_rule_apart, run_rule, run_rule_apart
from zygote_nb.transform.reverse.tangents import tangent_kind
from zygote_nb.transform.rule.arrangement import rule_error, signature
from zygote_nb.transform.rule.pullback import SEED, Pullback, part


def definition(rule: Rule) -> Const:
    assert rule.definition is not None
    return Const(rule.definition, Static(rule.definition), rule.definition.__name__)


def entry(base: Expr, i: int, kind: Kind) -> Expr:
    return Apply(operator.getitem, (base, Const(i, INT)), (), kind)


def called(rule: Rule, call: Apply, fresh: Callable[[str], str], seed: Expr) -> Pullback:
    """The pullback of a call that runs the rule."""
    assert rule.definition is not None
    try:
        signature(rule.definition).bind(*call.args, **dict(call.kwargs))
    except TypeError as error:
        raise rule_error(rule, call, f"the rule does not take these arguments: {error}") from None
    run = Name(fresh("run"), Opaque("run of a rule"))
    forward = Assign(run.id, Apply(run_rule, (definition(rule), *call.args), call.kwargs, run.kind), call.span)
    kinds = tuple(tangent_kind(a.kind) for a in call.args)
    found = Name(fresh("g"), TupleOf(kinds, tuple))
    before = Assign(found.id, Apply(pull, (run, seed), (), found.kind), call.span)
    cotangents = tuple(entry(found, i, k) for i, k in enumerate(kinds))
    value = Apply(Attribute("value"), (run,), (), call.kind)
    return Pullback((*cotangents, *(None for _ in call.kwargs)), (before,), (forward,), value)


def apart(made: Pullback) -> Pullback | None:
    """The same of a rule that is called, whose result is held to be no memory of an argument; None of another rule."""
    (run, *_) = (*made.forward, None)
    if not isinstance(run, Assign) or not isinstance(run.value, Apply) or run.value.fn is not run_rule:
        return None
    return replace(made, forward=(replace(run, value=replace(run.value, fn=run_rule_apart)),))


def run_apart(stmt: Stmt) -> Stmt:
    """A statement that runs a forward rule, held to return no memory of an argument; any other as it is."""
    if not isinstance(stmt, Assign) or not isinstance(stmt.value, Apply) or stmt.value.fn is not push_rule:
        return stmt
    return replace(stmt, value=replace(stmt.value, fn=push_rule_apart))


def pushed(rule: Rule, call: Apply, tangents: list[Expr], fresh: Callable[[str], str]) -> tuple[Assign, Expr, Expr]:
    """A statement that runs a forward rule, the result and its tangent."""
    from zygote_nb.frontend.values import make_tuple

    run = Name(fresh("run"), TupleOf((call.kind, tangent_kind(call.kind)), tuple))
    given = make_tuple(tuple(tangents), tuple)
    made = Assign(run.id, Apply(push_rule, (definition(rule), given, *call.args), call.kwargs, run.kind), call.span)
    return made, entry(run, 0, call.kind), entry(run, 1, tangent_kind(call.kind))


def held_to_shape(rule: Rule, call: Apply, position: int, cotangent: Expr) -> Expr:
    """A cotangent whose shape is not known to be that of the argument is looked at when the program runs."""
    where = Const(position, INT)
    kind = tangent_kind(call.args[position].kind)
    return Apply(fits, (cotangent, call.args[position], definition(rule), where), (), kind)


__all__ = ["SEED", "apart", "called", "held_to_shape", "part", "pushed", "replace", "run_apart"]
