"""What a pullback returns, put in the order of the call: one cotangent for each argument, positional or named."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from zygote_nb.errors import NoRuleError, ZygoteError
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import ListOf, TupleOf, is_float
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import children
from zygote_nb.rules.placeholders import NotKnown
from zygote_nb.rules.registry import Rule

Cotangents = tuple[Expr | None, ...]


def rule_error(rule: Rule, call: Apply, what: str) -> ZygoteError:
    return NoRuleError(f"`{show(call)}`: {what}", hint=f"the rule is at {rule.place}")


def arrange(rule: Rule, call: Apply, value: Expr, written_out: bool, leading: int) -> tuple[Cotangents, dict[int, str]]:
    """The cotangents of the arguments of the call, and those arguments of which the rule says nothing.

    Args:
        value: what the pullback returned, ``written_out`` as a tuple display or computed.
        leading: how many parameters of the rule come before those of the function.
    """
    items = positional(rule, call, value, written_out)
    check_count(rule, call, len(items), leading)
    wanted = [len(items) if p is None else p for p in places(rule, call, leading)]
    silent = {
        i for i, (w, arg) in enumerate(zip(wanted, children(call), strict=True))
        if w >= len(items) and not of_user_keyword(rule, call, i) and is_float(arg.kind)
    }  # fmt: skip
    if not rule.built_in and silent:
        count = len(call.args)
        raise rule_error(rule, call, f"the pullback returns {len(items)} cotangents for {count} arguments")
    unknown = dict.fromkeys(silent, "")
    unknown |= {i: why for i, w in enumerate(wanted) if w < len(items) and (why := why_unknown(items[w]))}
    return tuple(absent_is_none(items[w]) if w < len(items) else None for w in wanted), unknown


def check_count(rule: Rule, call: Apply, count: int, leading: int) -> None:
    """A rule of the user's has no more cotangents than there are arguments to have them."""
    most = max(len(call.args), len(parameters(rule)) - leading, 1)
    sequence = len(call.args) == 1 and isinstance(call.args[0].kind, (TupleOf, ListOf))
    if not rule.built_in and not is_variadic(rule) and not sequence and count > most:
        words = "gives {} partial derivatives" if rule.form == "elementwise" else "returns {} cotangents"
        raise rule_error(rule, call, f"the pullback {words.format(count)} for {most} arguments")


def why_unknown(item: Expr) -> str:
    """The reason for which a derivative is not known, or nothing."""
    return item.value.why if isinstance(item, Const) and isinstance(item.value, NotKnown) else ""


def places(rule: Rule, call: Apply, leading: int) -> list[int | None]:
    """The position of each argument of the call among the parameters of the function, None where it has none."""
    names = parameters(rule)[leading:]
    free = is_variadic(rule)
    named = [None if free or k not in names else names.index(k) for k, _ in call.kwargs]
    return [*range(len(call.args)), *named]


@lru_cache(4096)
def signature(definition: Callable[..., Any]) -> inspect.Signature:
    """Asked for at each call that a rule is for."""
    return inspect.signature(definition)


def is_variadic(rule: Rule) -> bool:
    """Whether the rule takes any number of positional arguments."""
    assert rule.definition is not None
    return any(p.kind is p.VAR_POSITIONAL for p in signature(rule.definition).parameters.values())


def positional(rule: Rule, call: Apply, value: Expr, written_out: bool) -> tuple[Expr, ...]:
    """One cotangent for each leading positional argument: a bare one belongs to the first."""
    if not isinstance(value, Tuple) or value.cls is not tuple:
        everything = isinstance(value, Const) and value.value is None
        return (value,) * max(1, len(children(call)) if everything else 1)
    first = children(call)[0] if children(call) else None
    sequence = first is not None and isinstance(first.kind, (TupleOf, ListOf))
    if sequence and (not written_out or (len(children(call)) == 1 and is_one_sequence(first, value))):
        return (value,)
    return value.items


def is_one_sequence(first: Expr | None, value: Tuple) -> bool:
    """Whether the cotangents written out are those of the entries of the only argument."""
    return isinstance(first, Tuple) and len(first.items) == len(value.items) > 1


def of_user_keyword(rule: Rule, call: Apply, position: int) -> bool:
    """In rules that users write, keyword arguments get no cotangent."""
    return not rule.built_in and position >= len(call.args)


def parameters(rule: Rule) -> list[str]:
    assert rule.definition is not None
    found = signature(rule.definition).parameters.values()
    return [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]


def absent_is_none(item: Expr) -> Expr | None:
    return None if isinstance(item, Const) and (item.value is None or why_unknown(item)) else item
