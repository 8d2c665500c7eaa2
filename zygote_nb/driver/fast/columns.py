"""Jacobians and Hessians by one array, of calls that were made before: one run along the directions of all entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.backend.executable import Executable
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.fast.call import SHADOWED, renamed, run_compiled
from zygote_nb.driver.fast.conditions import arguments, identity, surroundings
from zygote_nb.driver.fast.writer import HELD, Fast, Place, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import call_arguments, is_on_trial, is_to_compile
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.ir.kinds import Array


def fast_columns(
    ready: Ready, bound: Bound, order: tuple[int, ...], wrt: tuple[str, ...] | None, most: int | None,
    narrow: bool = False,
) -> Fast | None:  # fmt: skip
    """The function for calls like this one, or None where the call is not of the simplest form.

    It takes the function, the arguments and the names ``wrt`` of a frozen call, and returns the derivative; after the
    value if the code computes it. It is for ``most`` directions at most, and if ``narrow`` not more than the result has
    entries.
    """
    facts = ready.facts
    if facts.has_effects or facts.outside or facts.captured or sum(facts.directions) != len(order):
        return None
    try:
        if is_on_trial(ready, bound) or not is_to_compile(ready, bound):
            return None
        types = signature((*call_arguments(facts, bound), 0, *(0 for _ in order)))
        found = ready.executables.get(types) if types is not None else None
        if types is None or found is None or SHADOWED & set(found.plan.params):
            return None
        return written(ready, bound, order, wrt, types, found, most, narrow)
    except (TooVaried, LookupError, ValueError, AttributeError):
        return None


def written(
    ready: Ready, bound: Bound, order: tuple[int, ...], wrt: tuple[str, ...] | None, types: Signature,
    found: Executable, most: int | None, narrow: bool,
) -> Fast:  # fmt: skip
    facts = ready.facts
    numbers = [i for i, on in enumerate(facts.directions) if on]
    if [facts.parameters[i] for i in numbers] != [bound.names[i] for i in sorted(order)]:
        raise TooVaried
    w = Writer(None)
    w.tests.append(f"{HELD}out == {w.name(wrt)}")
    identity(w, bound)
    surroundings(w, ready, bound)
    arguments(w, facts, bound, types, found.plan)
    w.tests += as_long(ready, bound)
    renamed(w, facts.parameters, found.plan.params)
    count, *firsts = found.plan.params[len(facts.parameters) :]
    before = "0"
    active: dict[int, tuple[str, str]] = {}
    for position, number, first in zip(sorted(order), numbers, firsts, strict=True):
        x, own = bound.values[position], found.plan.params[number]
        if type(x) is not np.ndarray or x.dtype != np.float64:
            raise TooVaried
        w.lines.append(f"{first} = {before}")
        active[position], before = (own, first), f"{first} + {own}.size"
    w.lines.append(f"{count} = {before}")
    w.tests.append(f"0 < {count}" if most is None else f"0 < {count} <= {most}")
    w.check()
    results = run_compiled(w, found)
    texts = [result.text for result in results]
    return w.give(Place(outcome(w, ready, texts, [active[i] for i in order], count, narrow)))


def as_long(ready: Ready, bound: Bound) -> list[str]:
    """Axes are as long as the code was made for."""
    sizes = dict(ready.question.sizes)
    return [
        f"{HELD}args[{i}].shape[{axis}] == {sizes[dim]}"
        for i, kind in enumerate(bound.kinds)
        if isinstance(kind, Array)
        for axis, dim in enumerate(kind.dims)
        if isinstance(dim, int) and dim in sizes
    ]


def outcome(
    w: Writer, ready: Ready, results: list[str], active: list[tuple[str, str]], count: str, narrow: bool
) -> str:
    if not ready.question.value:
        ((x, _),) = active
        return f"{results[-1]}.reshape({x}.shape + {x}.shape)"
    (kind,) = leaf_kinds(ready.facts.result_kind)
    if len(results) != 2 or kind is not ready.facts.result_kind or not is_plain_array(kind):
        raise TooVaried
    value, columns = results
    if narrow:
        w.tests.append(f"{count} <= {value}.size")
        w.check()
    if len(active) == 1:
        return f"{value}, ({columns}.reshape({value}.shape + {active[0][0]}.shape),)"
    parts = (
        f"{columns}[..., {first} : {first} + {x}.size].copy().reshape({value}.shape + {x}.shape)" for x, first in active
    )
    return f"{value}, ({', '.join(parts)})"


def is_plain_array(kind: Any) -> bool:
    return isinstance(kind, Array) and kind.dtype == "float64"
