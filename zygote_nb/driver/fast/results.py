"""What a written function returns, as expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.fast.writer import HELD, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.values import fitted
from zygote_nb.ir.kinds import Array, Kind, ObjectOf, Scalar, Static, TupleOf

Fit = Callable[[Writer, Any, str, str], str]
Gradients = Iterator[tuple[str, str | None]]
"""For each leaf parameter its name and an expression for its gradient, None if it has none."""


def outcome(
    w: Writer, ready: Ready, bound: Bound, results: list[str], order: tuple[int, ...], finish: str, fit: Fit
) -> str:
    """The expression that is returned; ``fit`` gives gradients the type of their arguments."""
    facts = ready.facts
    count = len(results) - sum(facts.wrt)
    value = ""
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
    grads = [f"{HELD}out[{i}]" if ready.question.into else made[position] for i, position in enumerate(order)]
    return finish.format(value=value, grads="".join(f"{g}, " for g in grads), single=(*grads, "")[0])


def value_of(w: Writer, kind: Scalar, result: str) -> str:
    """A Python number as it is; a NumPy number, which Numba returns as a Python number."""
    return result if kind.weak is True else f"{w.name(np.dtype(kind.dtype).type)}({result})"


def mirrored(w: Writer, kind: Kind, value: Any, leaves: Gradients, fit: Fit) -> str:
    """A gradient in the image of its argument."""
    match kind:
        case TupleOf() if type(value) is tuple:
            return f"({''.join(f'{item}, ' for item in inner(w, kind, value, leaves, fit))})"
        case ObjectOf(cls=cls) if cls is list:
            return f"[{', '.join(inner(w, kind, value, leaves, fit))}]"
        case ObjectOf(cls=cls) if cls is dict:
            items = inner(w, kind, tuple(value.values()), leaves, fit)
            return f"{{{', '.join(f'{key!r}: {item}' for key, item in zip(value, items, strict=True))}}}"
        case Static():
            return "None"
        case Scalar() | Array():
            name, gradient = next(leaves)
            return "None" if gradient is None else fit(w, value, name, gradient)
    raise TooVaried


def inner(w: Writer, kind: TupleOf | ObjectOf, value: Any, leaves: Gradients, fit: Fit) -> list[str]:
    return [mirrored(w, k, v, leaves, fit) for k, v in zip(kind.items, value, strict=True)]


def as_computed(w: Writer, value: Any, name: str, gradient: str) -> str:
    """Compiled code returns Python floats, and arrays of the right shape and dtype."""
    if not isinstance(value, np.generic):
        return gradient
    return f"{w.name(type(value) if isinstance(value, np.inexact) else np.float64)}({gradient})"


def fitting(w: Writer, value: Any, name: str, gradient: str) -> str:
    """Interpreted code may return anything that broadcasts to the argument's shape."""
    if isinstance(value, (float, int)) and not isinstance(value, np.generic):
        return f"{w.name(float)}({gradient})"
    return f"{w.name(fitted)}({name}, {gradient})"
