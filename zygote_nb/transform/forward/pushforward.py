"""Rules in forward mode: from a call, and the tangents of its arguments, to the tangent of its result.

Where a function has a forward rule, that is inlined; partial derivatives serve both modes, and so does a reverse rule
whose result is a number. A function that is linear in its arguments is its own tangent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import differentiable
from zygote_nb.dataclass import replace
from zygote_nb.errors import NoRuleError, ZygoteError
from zygote_nb.ir.core import ONE, Apply, Assign, Expr, Stmt, Tuple
from zygote_nb.ir.kinds import Array, Kind, Scalar
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import children, substitute
from zygote_nb.rules import registry
from zygote_nb.rules.complex import PARTS, canonical
from zygote_nb.rules.registry import Rule
from zygote_nb.transform import algebra
from zygote_nb.transform.forward.frules import Pushforward, Tangents, by_forward_rule
from zygote_nb.transform.forward.zeros import zero_of
from zygote_nb.transform.reverse.cotangents import refold, without_zero_division
from zygote_nb.transform.reverse.tangents import fitted, tangent_kind
from zygote_nb.transform.rule.arrangement import places
from zygote_nb.transform.rule.complexes import takes_complex, tangent_of_part
from zygote_nb.transform.rule.inlined import of_call
from zygote_nb.transform.rule.pullback import SEED, Pullback


def push(call: Apply, tangents: Tangents, fresh: Callable[[str], str], used: list[Rule]) -> Pushforward:
    """The pushforward of ``call``; ``tangents`` has an entry for each argument, named ones last, None for zero."""
    rule = registry.lookup_forward(call.fn)
    reverse = registry.lookup(call.fn)
    if rule is None and reverse is None:
        what = f"`{registry.name_of(call.fn)}`, a part of the gradient, has no forward rule"
        raise NoRuleError(what, hint="there is no second derivative here yet; zg.frule writes one")
    used.append(rule or reverse)  # type: ignore[arg-type]
    if canonical(call.fn) in PARTS and takes_complex(call) and tangents[0] is not None:
        return Pushforward(tangent_of_part(call, full(call, tangents)[0]))  # type: ignore[arg-type]
    if rule is None:
        assert reverse is not None
        return by_reverse_rule(reverse, call, tangents, fresh)
    match rule.form:
        case "elementwise":
            return by_partials(rule, call, tangents, fresh)
        case "linear" | "multilinear":
            positions = given(call, rule.positions, reverse)
            refuse_others(call, tangents, positions)
            along = linearly if rule.form == "linear" else summed
            return Pushforward(along(call, tangents, positions))
        case "forward" | "pushed" | "pushforward":
            made = by_forward_rule(rule, call, full(call, tangents), fresh)
            if reverse is not None and reverse.definition is not None and (made.unread or refuses_settings(reverse)):
                refuse_unknown(call, of_call(reverse, call, fresh), tangents, made.unread)
            return made
    return Pushforward(None)


def refuses_settings(reverse: Rule) -> bool:
    """Whether a built-in reverse rule says of some settings that it is not for them: neither is the forward rule."""
    return reverse.built_in and reverse.definition is not None and "NotImplementedError" in names_of(reverse.definition)


def names_of(definition: Any) -> tuple[str, ...]:
    return getattr(getattr(definition, "__code__", None), "co_names", ())


def added(terms: list[Expr | None]) -> Expr | None:
    present = [t for t in terms if t is not None]
    return algebra.total(present) if present else None


def full(call: Apply, tangents: Tangents) -> Tangents:
    """Tangents in the shapes of the arguments."""
    return [None if t is None else fitted(t, a) for t, a in zip(tangents, children(call), strict=True)]


def with_children(call: Apply, values: list[Expr]) -> Apply:
    """The call with other arguments."""
    split = len(call.args)
    named = tuple((k, v) for (k, _), v in zip(call.kwargs, values[split:], strict=True))
    return replace(call, args=tuple(values[:split]), kwargs=named)


def given(call: Apply, positions: tuple[int, ...], rule: Rule | None) -> tuple[int, ...]:
    """Where among the arguments of the call the parameters at ``positions`` are."""
    if rule is None or rule.definition is None:
        return tuple(p for p in positions if p < len(call.args))
    found = places(rule, call, 2 if rule.form == "pullback" else 0)
    return tuple(i for i, place in enumerate(found) if place in positions)


# Rules that serve both modes


def by_partials(rule: Rule, call: Apply, tangents: Tangents, fresh: Callable[[str], str]) -> Pushforward:
    """Each partial derivative times the tangent of its argument."""
    pullback = of_call(rule, call, fresh)
    refuse_unknown(call, pullback, tangents)
    terms = [
        without_zero_division(call, refold(c, {SEED: t}))
        for _, c, t in zip(differentiable(call), pullback.cotangents, tangents, strict=False)
        if c is not None and t is not None
    ]
    return Pushforward(added(list(terms)), pullback.before)


def refuse_unknown(call: Apply, pullback: Pullback, tangents: Tangents, unread: tuple[int, ...] | None = None) -> None:
    """The rule must say something of each argument that has a tangent, or of those that a forward rule passes over."""
    for i, why in pullback.silent.items():
        if tangents[i] is not None and (unread is None or i in unread):
            what = f"the derivative of `{show(call)}` by argument {i + 1} isn't known" + (f": {why}" if why else "")
            raise NoRuleError(what, hint="make it a constant, or write a rule with zg.frule")


def by_reverse_rule(rule: Rule, call: Apply, tangents: Tangents, fresh: Callable[[str], str]) -> Pushforward:
    """The Jacobian has one row, or is diagonal: the pullback gives its entries."""
    if rule.linear:
        return by_linearity(rule, call, tangents, fresh)
    active = [i for i, t in enumerate(tangents) if t is not None]
    diagonal = isinstance(call.fn, np.ufunc) and call.fn.nin == 1 and call.fn.nout == 1
    if not active:
        return Pushforward(None)
    if (not diagonal and not is_number(call.kind)) or any(isinstance(call.args[i], Tuple) for i in active):
        raise no_forward_rule(rule, call)
    pullback = of_call(rule, call, fresh)
    refuse_unknown(call, pullback, tangents)
    direct = len(active) == 1 and (diagonal or not isinstance(call.args[active[0]].kind, Array))
    seed: Expr = tangents[active[0]] if direct else ONE  # type: ignore[assignment]
    before = tuple(seeded(s, seed) for s in pullback.before)
    terms: list[Expr | None] = []
    for i, tangent in zip(active, (full(call, tangents)[i] for i in active), strict=True):
        cotangent = pullback.cotangents[i]
        assert tangent is not None
        if cotangent is not None:
            row = refold(cotangent, {SEED: seed})
            terms.append(row if direct else inner(row, tangent))
    return Pushforward(added(terms), (*pullback.forward, *before), pullback.value)


def by_linearity(rule: Rule, call: Apply, tangents: Tangents, fresh: Callable[[str], str]) -> Pushforward:
    """The function is linear in the arguments that have a cotangent, together or in each of them."""
    pullback = of_call(rule, call, fresh)
    refuse_unknown(call, pullback, tangents)
    positions = tuple(i for i, c in enumerate(pullback.cotangents) if c is not None)
    return Pushforward(
        linearly(call, tangents, positions) if rule.linear == "jointly" else summed(call, tangents, positions)
    )


def summed(call: Apply, tangents: Tangents, positions: tuple[int, ...]) -> Expr | None:
    """Of a function that is linear in each argument: one term for each tangent."""
    return added([linearly(call, [t if i == p else None for i, t in enumerate(tangents)], (p,)) for p in positions])


def seeded(stmt: Stmt, seed: Expr) -> Stmt:
    return replace(stmt, value=substitute(stmt.value, {SEED: seed})) if isinstance(stmt, Assign) else stmt


def is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.ndim == 0)


def inner(row: Expr, tangent: Expr) -> Expr:
    if not isinstance(tangent.kind, Array):
        return algebra.mul(row, tangent)
    number = Scalar(tangent.kind.dtype, False)
    if not isinstance(row.kind, Array):
        return algebra.mul(row, Apply(np.sum, (tangent,), (), number))
    return Apply(np.sum, (algebra.mul(row, tangent),), (), number)


def no_forward_rule(rule: Rule, call: Apply) -> ZygoteError:
    what = f"`{registry.name_of(call.fn)}` has a reverse rule ({rule.place}) and no forward rule"
    return NoRuleError(what, hint="forward mode and second derivatives need one: write it with zg.frule")


# Linear functions


def refuse_others(call: Apply, tangents: Tangents, positions: tuple[int, ...]) -> None:
    """A function says nothing of how it changes with an argument in which it isn't linear."""
    moved = [i for i, t in enumerate(tangents) if t is not None and i not in positions]
    if moved:
        what = f"`{registry.name_of(call.fn)}`, a part of the gradient, has no tangent by its argument {moved[0] + 1}"
        raise NoRuleError(what, hint="there is no second derivative here yet; zg.frule writes one")


def linearly(call: Apply, tangents: Tangents, positions: tuple[int, ...]) -> Expr | None:
    """The call with the tangents in place of the arguments in which it is linear."""
    if all(tangents[p] is None for p in positions):
        return None
    arguments = list(children(call))
    for p in positions:
        tangent = tangents[p]
        arguments[p] = zero_of(arguments[p]) if tangent is None else fitted(tangent, arguments[p])
    made = with_children(call, arguments)
    return replace(made, kind=tangent_kind(call.kind))
