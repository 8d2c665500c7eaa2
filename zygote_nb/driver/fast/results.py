"""What a written function returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.fast.writer import Place, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.values import fitted
from zygote_nb.ir.kinds import Array, Kind, ObjectOf, Scalar, Static, TupleOf

Fit = Callable[[Writer, Any, str, Place], Place]
Gradients = Iterator[tuple[str, Place | None]]
"""For each leaf parameter its name and its gradient, None if it has none."""


def outcome(
    w: Writer, ready: Ready, bound: Bound, results: list[Place], order: tuple[int, ...], single: bool, fit: Fit
) -> Place:
    """What is returned; ``fit`` gives gradients the type of their arguments."""
    facts = ready.facts
    count = len(results) - sum(facts.wrt)
    value = None
    if ready.question.value:
        if not isinstance(facts.result_kind, Scalar) or count != 1:
            raise TooVaried
        value = value_of(w, facts.result_kind, results[0])
    computed = iter(results[count:])
    found = [next(computed) if active else None for active in facts.wrt]
    leaves = iter(
        (name, None if none else gradient)
        for name, gradient, none in zip(facts.parameters, found, facts.none, strict=True)
    )
    made = [mirrored(w, kind, v, leaves, fit) for kind, v in zip(bound.kinds, bound.values, strict=True)]
    into = ready.question.into
    grads = [w.item(w.out, i) if into else made[position] for i, position in enumerate(order)]
    gradient = grads[0] if single else w.tuple(grads)
    return gradient if value is None else w.tuple((value, gradient))


def value_of(w: Writer, kind: Scalar, result: Place) -> Place:
    """A Python number as it is; a NumPy number, which Numba returns as a Python number."""
    return result if kind.weak is True else w.converted(np.dtype(kind.dtype).type, result)


def mirrored(w: Writer, kind: Kind, value: Any, leaves: Gradients, fit: Fit) -> Place:
    """A gradient in the image of its argument."""
    match kind:
        case TupleOf() if type(value) is tuple:
            return w.tuple(inner(w, kind, value, leaves, fit))
        case ObjectOf(cls=cls) if cls is list:
            return w.list(inner(w, kind, value, leaves, fit))
        case ObjectOf(cls=cls) if cls is dict:
            return w.dict(dict(zip(value, inner(w, kind, tuple(value.values()), leaves, fit), strict=True)))
        case Static():
            return w.nothing()
        case Scalar() | Array():
            name, gradient = next(leaves)
            return w.nothing() if gradient is None else fit(w, value, name, gradient)
    raise TooVaried


def inner(w: Writer, kind: TupleOf | ObjectOf, value: Any, leaves: Gradients, fit: Fit) -> list[Place]:
    return [mirrored(w, k, v, leaves, fit) for k, v in zip(kind.items, value, strict=True)]


def as_computed(w: Writer, value: Any, name: str, gradient: Place) -> Place:
    """Compiled code returns Python floats, and arrays of the right shape and dtype."""
    if not isinstance(value, np.generic):
        return gradient
    return w.converted(type(value) if isinstance(value, np.inexact) else np.float64, gradient)


def fitting(w: Writer, value: Any, name: str, gradient: Place) -> Place:
    """Interpreted code may return anything that broadcasts to the argument's shape."""
    if isinstance(value, (float, int)) and not isinstance(value, np.generic):
        return w.converted(float, gradient)
    return Place(f"{w.name(fitted)}({name}, {gradient.text})")
