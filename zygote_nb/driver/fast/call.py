"""Calls that were made before: a function is written that checks that all is as it was, and runs the generated code.

It stands for binding arguments, reading their kinds, and looking up what was derived for them, which takes longer than
the gradient of a small function. It returns None if anything is not as it was, and then the long way is taken; so it is
if it raises.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from zygote_nb.backend.executable import Executable
from zygote_nb.backend.signature import signature
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.fast.arrays import new
from zygote_nb.driver.fast.conditions import arguments, buffers, identity, surroundings, tangents
from zygote_nb.driver.fast.results import as_computed, fitting, outcome
from zygote_nb.driver.fast.writer import HELD, Fast, Place, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import call_arguments, interpreter_of, is_contested, is_on_trial, is_to_compile

LIMIT = 256
SHADOWED = {"np", "max", "min", "len", "stack_room"}
"""What expressions for arrays may name."""


def remember(table: dict[int, list[Fast]], function: Any, made: Fast | None) -> None:
    """Keep what was written for calls of a function. It holds the code object, whose id is therefore its own.

    A frozen call asks for other gradients than a call of its function, and takes the long way.
    """
    if made is None or type(function) is not FunctionType:
        return
    key = id(function.__code__)
    if key not in table and len(table) >= LIMIT:
        del table[next(iter(table))]
    keep(table.setdefault(key, []), made)


def keep(calls: list[Fast], made: Fast | None) -> None:
    """The newest first, and a few of them."""
    if made is not None:
        calls[:] = [made, *calls][:4]


def fast_call(
    ready: Ready, bound: Bound, more: tuple[Any, ...], order: tuple[int, ...], single: bool = False
) -> Fast | None:
    """The function for calls like this one, or None where the call is not of the simplest form.

    ``more`` are buffers, ``order`` the parameters whose gradients are returned, in a tuple unless one is asked for as a
    ``single`` one; after the value if the code computes it.
    """
    facts, question = ready.facts, ready.question
    if not question.loss_only or question.params is not None:
        return None
    if facts.has_effects or facts.outside or facts.captured:
        return None
    try:
        if is_on_trial(ready, bound) or (is_contested(ready) and ready.contest.is_there):
            return None
        if is_to_compile(ready, bound):
            return compiled_call(ready, bound, more, order, single)
        return interpreted_call(ready, bound, order, single)
    except (TooVaried, LookupError, ValueError, AttributeError):
        return None


def fast_product(ready: Ready, bound: Bound, directions: tuple[Any, ...], order: tuple[int, ...]) -> Fast | None:
    """The function for products like this one with the Hessian, by arguments that are numbers and arrays."""
    facts = ready.facts
    if facts.has_effects or facts.outside or facts.captured:
        return None
    try:
        if is_on_trial(ready, bound) or not is_to_compile(ready, bound):
            return None
        types = signature((*call_arguments(facts, bound), *directions))
        found = ready.executables.get(types) if types is not None else None
        if types is None or found is None or SHADOWED & set(found.plan.params):
            return None
        w = Writer()
        identity(w, bound)
        surroundings(w, ready, bound)
        arguments(w, facts, bound, types, found.plan)
        renamed(w, facts.parameters, found.plan.params)
        tangents(w, facts, found.plan, bound, types)
        return w.give(outcome(w, ready, bound, run_compiled(w, found), order, len(order) == 1, as_computed))
    except (TooVaried, LookupError, ValueError, AttributeError):
        return None


def compiled_call(ready: Ready, bound: Bound, more: tuple[Any, ...], order: tuple[int, ...], single: bool) -> Fast:
    types = signature((*call_arguments(ready.facts, bound), *more))
    found = ready.executables.get(types) if types is not None else None
    if types is None or found is None or (found.plan.made and SHADOWED & set(found.plan.params)):
        raise TooVaried
    w = Writer()
    identity(w, bound)
    surroundings(w, ready, bound)
    arrays = arguments(w, ready.facts, bound, types, found.plan)
    renamed(w, ready.facts.parameters, found.plan.params)
    if ready.question.into:
        buffers(w, bound, found.plan, order, arrays)
    return w.give(outcome(w, ready, bound, run_compiled(w, found), order, single, as_computed))


def renamed(w: Writer, parameters: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Parameters that the compiled text calls something else, since a helper has their name."""
    for name, other in zip(parameters, given, strict=False):
        if name != other:
            w.let(other, w.locals[name])


def run_compiled(w: Writer, found: Executable) -> list[Place]:
    """Make arrays and call the compiled function; its results."""
    plan = found.plan
    for i, source in enumerate(plan.made):
        w.array(new(i), source, i not in w.made)
    given = (*plan.params, *map(new, range(len(plan.made))))
    returned = [f"{HELD}r{i}" for i, place in enumerate(plan.held) if place is None]
    w.call(found.function, given, returned)
    names = (f"{HELD}r{i}" if place is None else given[place] for i, place in enumerate(plan.held))
    return [w.locals.get(name, Place(name)) for name in names]


def interpreted_call(ready: Ready, bound: Bound, order: tuple[int, ...], single: bool) -> Fast:
    if ready.question.into:
        raise TooVaried
    count = ready.module(bound).count
    w = Writer(None)
    identity(w, bound)
    surroundings(w, ready, bound)
    arguments(w, ready.facts, bound, None, None)
    results = [f"{HELD}r{i}" for i in range(count)]
    call = f"{w.name(interpreter_of(ready, bound, ()))}({''.join(f'{p}, ' for p in ready.facts.parameters)}1.0)"
    bound_to = f"{', '.join(results)} = " if results else ""
    allowed = ready.contest.allowance() if is_contested(ready) else None
    if allowed is not None:
        w.lines.append(f"{w.name(next)}({w.name(allowed)})")
    w.lines.append(f'with {w.name(np.errstate)}(all="ignore"): {bound_to}{call}')
    return w.give(outcome(w, ready, bound, list(map(Place, results)), order, single, fitting))
