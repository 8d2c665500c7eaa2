"""Functions that are linear, and so their own tangents, and helpers of gradients that are differentiated by source."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from zygote_nb.rules.registry import Rule, enter, is_known, offer
from zygote_nb.runtime.shaped import SHAPED_LIKE
from zygote_nb.runtime.twice import Forward, Reverse


def linear(fn: Any, *positions: int, inert: tuple[int, ...] = ()) -> None:
    """``fn`` is linear in its arguments at ``positions`` taken together, the first one if none is given.

    Of those at ``inert``, and of those that its result is shaped like, it takes a shape, or the order of their entries.
    """
    linear_at = positions or (0,)
    enter(Rule(fn, "linear", None, positions=linear_at, inert=(*inert, *shapes_of_result(fn, linear_at))))
    reversed_by_source(fn)


def multilinear(fn: Any, *positions: int, inert: tuple[int, ...] = ()) -> None:
    """``fn`` is linear in each of its arguments at ``positions``, the first two if none is given."""
    linear_at = positions or (0, 1)
    enter(Rule(fn, "multilinear", None, positions=linear_at, inert=(*inert, *shapes_of_result(fn, linear_at))))
    reversed_by_source(fn)


def shapes_of_result(fn: Any, positions: tuple[int, ...]) -> tuple[int, ...]:
    """The arguments that a result is shaped like, of those in which it isn't linear."""
    found = SHAPED_LIKE.get(fn, ())
    return tuple(i for i in (found if isinstance(found, tuple) else (found,)) if i not in positions)


def by_source(*helpers: Any, check: Any = None) -> None:
    """Second derivatives of helpers are those of their source, where ``check`` does not raise."""
    for fn in helpers:
        offer(Rule(fn, "called", Reverse(fn, is_known, check), built_in=True))
        offer(Rule(fn, "pushed", Forward(fn, is_known, check), built_in=True))


def reversed_by_source(fn: Any) -> None:
    """In reverse mode a helper of gradients is differentiated by its source, where no rule says how."""
    if isinstance(fn, FunctionType) and fn.__module__.startswith("zygote_nb.runtime."):
        offer(Rule(fn, "called", Reverse(fn, is_known, None), built_in=True))
