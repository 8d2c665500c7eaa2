"""Jacobians and Hessians by one array, of calls that were made before: one run along the directions of all entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.backend.executable import Executable
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.fast.call import SHADOWED, renamed, run_compiled
from zygote_nb.driver.fast.conditions import arguments, identity, surroundings
from zygote_nb.driver.fast.writer import HELD, Fast, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import call_arguments, is_on_trial, is_to_compile
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.ir.kinds import Array


def fast_columns(
    ready: Ready, bound: Bound, order: tuple[int, ...], wrt: tuple[str, ...] | None, most: int, narrow: bool = False
) -> Fast | None:
    """The function for calls like this one, or None where the call is not of the simplest form.

    It takes the function, the arguments and the names ``wrt`` of a frozen call, and returns the derivative; after the
    value if the code computes it. It is for ``most`` directions at most, and if ``narrow`` not more than the result has
    entries.
    """
    facts = ready.facts
    if facts.has_effects or facts.outside or facts.captured or len(order) != 1 or sum(facts.directions) != 1:
        return None
    try:
        if is_on_trial(ready, bound) or not is_to_compile(ready, bound):
            return None
        types = signature((*call_arguments(facts, bound), 0, 0))
        found = ready.executables.get(types) if types is not None else None
        if types is None or found is None or SHADOWED & set(found.plan.params):
            return None
        return written(ready, bound, order[0], wrt, types, found, most, narrow)
    except (TooVaried, LookupError, ValueError, AttributeError):
        return None


def written(
    ready: Ready, bound: Bound, position: int, wrt: tuple[str, ...] | None, types: Signature, found: Executable,
    most: int, narrow: bool,
) -> Fast:  # fmt: skip
    facts = ready.facts
    x, at = bound.values[position], bound.names[position]
    number = facts.directions.index(True)
    if type(x) is not np.ndarray or x.dtype != np.float64 or facts.parameters[number] != at:
        raise TooVaried
    w = Writer()
    w.tests.append(f"{HELD}out == {w.name(wrt)}")
    identity(w, bound)
    surroundings(w, ready, bound)
    arguments(w, facts, bound, types, found.plan)
    renamed(w, facts.parameters, found.plan.params)
    x_ = found.plan.params[number]
    w.tests.append(f"0 < {x_}.size <= {most}")
    w.check()
    count, first = found.plan.params[len(facts.parameters) :]
    w.lines.append(f"{count}, {first} = {x_}.size, 0")
    results = run_compiled(w, found)
    w.lines.append(f"return {outcome(w, ready, results, x_, narrow)}")
    return w.function()


def outcome(w: Writer, ready: Ready, results: list[str], x: str, narrow: bool) -> str:
    if not ready.question.value:
        return f"{results[-1]}.reshape({x}.shape + {x}.shape)"
    (kind,) = leaf_kinds(ready.facts.result_kind)
    if len(results) != 2 or kind is not ready.facts.result_kind or not is_plain_array(kind):
        raise TooVaried
    value, columns = results
    if narrow:
        w.tests.append(f"{x}.size <= {value}.size")
        w.check()
    return f"{value}, ({columns}.reshape({value}.shape + {x}.shape),)"


def is_plain_array(kind: Any) -> bool:
    return isinstance(kind, Array) and kind.dtype == "float64"
