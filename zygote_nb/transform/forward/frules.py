"""Forward rules, inlined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import NoRuleError, SourceNotFoundError, UnsupportedSyntaxError
from zygote_nb.frontend.lower import Ended
from zygote_nb.frontend.source import capture
from zygote_nb.ir.core import ZERO, Apply, Assign, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import Array, Scalar, Static
from zygote_nb.ir.walk import children, names, substitute
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime.called import fits
from zygote_nb.transform.forward.zeros import nonzero, zero_of
from zygote_nb.transform.reverse.tangents import tangent_kind
from zygote_nb.transform.rule.arrangement import is_variadic, parameters, places, rule_error, why_unknown
from zygote_nb.transform.rule.called import definition, pushed
from zygote_nb.transform.rule.inlined import bind_call, only_values, result_of
from zygote_nb.transform.rule.lowering import NotInlined, RuleLowering, RuleProgram, same_shape, scalar_kind
from zygote_nb.transform.rule.run import run_lambda_or_body

TANGENT = "tangent of argument "


@dataclass(frozen=True, slots=True)
class Pushforward:
    """The tangent of a call's result, None for zero; it may name RESULT.

    ``before`` comes before it. Where the rule computes the result in its own way, ``value`` is that. ``unread`` are the
    arguments whose tangents the rule passes over.
    """

    tangent: Expr | None
    before: tuple[Stmt, ...] = ()
    value: Expr | None = None
    unread: tuple[int, ...] = ()


Tangents = list[Expr | None]


@dataclass(slots=True)
class ForwardLowering(RuleLowering):
    """A forward rule may apply its function to tangents: only on the arguments that is the call itself."""

    seeds: set[str] = field(default_factory=set)

    def is_call(self, value: Expr) -> bool:
        return RuleLowering.is_call(self, value) and not names(value) & self.seeds


def by_forward_rule(rule: Rule, call: Apply, tangents: Tangents, fresh: Callable[[str], str]) -> Pushforward:
    """The rule inlined, or called where it is a user's and does what only runs."""
    if rule.built_in and rule.form != "pushed":
        return inlined(rule, call, tangents, fresh)
    try:
        if rule.form == "pushed":
            raise NotInlined
        return inlined(rule, call, tangents, fresh)
    except (NotInlined, UnsupportedSyntaxError, SourceNotFoundError, Ended):
        values = [zero_of(a) if t is None else t for a, t in zip(call.args, tangents, strict=False)]
        made, value, tangent = pushed(rule, call, values, fresh)
        return Pushforward(tangent, (made,), value)


def inlined(rule: Rule, call: Apply, tangents: Tangents, fresh: Callable[[str], str]) -> Pushforward:
    assert rule.definition is not None
    source = capture(rule.definition)
    lo = ForwardLowering(source, RuleProgram(lambda fn: True, scalar_kind, rule.definition), ())
    lo.about(rule, call, result_of(call.kind), fresh)
    leading = 2 if rule.form == "pushforward" else 1
    parameter = places(rule, call, leading)
    found = zip(parameter, children(call), tangents, strict=True)
    arguments = {i: (a, t) for i, a, t in found if i is not None}
    count = max(max(arguments) + 1, 0 if is_variadic(rule) else len(parameters(rule)) - leading)
    placeholders = tuple(placeholder(i, arguments[i][0] if i in arguments else ZERO) for i in range(count))
    lo.seeds = {n for p in placeholders for n in names(p)}
    bind_call(lo, rule, call, (Tuple(placeholders), lo.result)[:leading])
    if rule.form == "pushforward":
        value, tangent = lo.result, run_lambda_or_body(lo, source.tree)[0]
    else:
        value, tangent = value_and_tangent(rule, call, lo, source.tree)
    gone: dict[str, Expr] = {}
    given: dict[str, Expr] = {}
    for i in range(count):
        a, t = arguments.get(i, (ZERO, None))
        collect(i, a, t, gone, given)
    before: list[Stmt] = []
    for stmt in only_values(lo):
        assert isinstance(stmt, Assign)
        kept = nonzero(stmt.value, gone)
        if kept is None:
            gone[stmt.target] = Name(stmt.target, stmt.value.kind)
        else:
            before.append(replace(stmt, value=substitute(kept, given)))
    if why_unknown(tangent) and given:
        raise NoRuleError(why_unknown(tangent), hint=f"the forward rule says so: {rule.place}")
    kept = nonzero(tangent, gone)
    own = value != lo.result and not lo.is_call(value)
    shown = None if kept is None else substitute(kept, given)
    if shown is not None and not rule.built_in and isinstance(call.kind, (Array, Scalar)):
        shown = of_result(rule, call, value if own else lo.result, shown)
    read = names(tangent).union(*(names(s.value) for s in only_values(lo) if isinstance(s, Assign)))
    passed = {n.removeprefix(TANGENT).partition(".")[0] for n in set(given) - read}
    unread = tuple(k for k, i in enumerate(parameter) if str(i) in passed)
    return Pushforward(shown, tuple(before), value if own else None, unread)


def of_result(rule: Rule, call: Apply, result: Expr, tangent: Expr) -> Expr:
    """A tangent of a user's rule, held to the shape of the result where it is not known to have it."""
    same = isinstance(tangent.kind, Array) == isinstance(call.kind, Array)
    if same and (not isinstance(call.kind, Array) or same_shape(tangent.kind, call.kind)):
        return tangent
    return Apply(fits, (tangent, result, definition(rule), Const(None, Static(None))), (), tangent_kind(call.kind))


def placeholder(i: Any, arg: Expr) -> Expr:
    """What stands for the tangent of an argument while the rule is read."""
    if isinstance(arg, Tuple):
        items = tuple(placeholder(f"{i}.{k}", item) for k, item in enumerate(arg.items))
        return replace(arg, items=items)
    return Name(f"{TANGENT}{i}", tangent_kind(arg.kind))


def collect(i: Any, arg: Expr, tangent: Expr | None, gone: dict[str, Expr], given: dict[str, Expr]) -> None:
    if isinstance(arg, Tuple):
        for k, item in enumerate(arg.items):
            part = tangent.items[k] if isinstance(tangent, Tuple) else None
            collect(f"{i}.{k}", item, part, gone, given)
    elif tangent is None:
        gone[f"{TANGENT}{i}"] = arg
    else:
        given[f"{TANGENT}{i}"] = tangent


def value_and_tangent(rule: Rule, call: Apply, lo: ForwardLowering, tree: Any) -> tuple[Expr, Expr]:
    """The rule's result and its tangent."""
    made, _ = run_lambda_or_body(lo, tree)
    if not isinstance(made, Tuple) or len(made.items) != 2:
        raise rule_error(rule, call, "the forward rule must return the result and its tangent: `return y, dy`")
    return made.items[0], made.items[1]
