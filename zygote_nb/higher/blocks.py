"""Derivatives of several entries by several entries, in the image of results and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from zygote_nb.api import Request, quiet
from zygote_nb.dataclass import dataclass
from zygote_nb.driver.bound import Bound, spread
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.values import Mirror, fitted, flatten
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.ir.kinds import Array, Kind, ListOf, carries_tangent, leaves

Leaf = tuple[Kind, Any]


def argument_leaves(req: Request) -> list[Leaf]:
    """The leaves of the arguments with their kinds, in the order of the parameters of generated code."""
    found: list[Leaf] = []
    for kind, value in zip(req.bound.kinds, req.bound.values, strict=True):
        values: list[Any] = []
        flatten(kind, value, values)
        found += zip(leaves(kind), values, strict=True)
    return found


def result_leaves(kind: Kind, y: Any) -> list[Leaf]:
    """The leaves of a result that have a tangent."""
    values: list[Any] = []
    flatten(kind, y, values)
    return [(k, v) for k, v in zip(leaves(kind), values, strict=True) if carries_tangent(k)]


def zero_of(leaf: Leaf) -> Any:
    """A tangent, or a cotangent, of a leaf that is zero."""
    kind, value = leaf
    if isinstance(kind, Array):
        return np.zeros(value.shape, kind.dtype if kind.dtype[0] in "fc" else "float64")
    return [0.0] * len(value) if isinstance(kind, ListOf) else 0.0


def units(leaf: Leaf) -> Iterator[Any]:
    """The unit tangents of a leaf, one after the other; each is overwritten by the next."""
    zero = zero_of(leaf)
    if not isinstance(zero, (np.ndarray, list)):
        yield 1.0
        return
    flat = zero.reshape(-1) if isinstance(zero, np.ndarray) else zero
    for i in range(len(flat)):
        flat[i] = 1.0
        yield zero
        flat[i] = 0.0


def size_of(leaf: Leaf) -> int:
    return len(leaf[1]) if isinstance(leaf[0], ListOf) else int(np.size(leaf[1]))


def dtype_of(leaf: Leaf) -> Any:
    dtype = getattr(leaf[1], "dtype", np.dtype(float))
    return dtype if dtype.kind in "fc" else np.dtype(float)


def shape_of(leaf: Leaf) -> tuple[int, ...]:
    return (len(leaf[1]),) if isinstance(leaf[0], ListOf) else np.shape(leaf[1])


def shaped(block: np.ndarray[Any, Any], of: Leaf, by: Leaf) -> Any:
    """A matrix of derivatives in the shapes of what it is of, and by; a number of the class of ``by`` if both are."""
    made = block.reshape(shape_of(of) + shape_of(by))
    return made if made.ndim else fitted(by[1], made[()])


@dataclass(slots=True)
class Once:
    """What a function prints is printed by the first of several runs."""

    found: Ready
    bound: Bound
    started: bool = False

    def __post_init__(self) -> None:
        if self.found.facts.outside or self.found.facts.captured:
            derived = self.found.derived(self.bound)
            what = f"{derived.instance.shown} changes what it captures, and is run several times"
            raise UnsupportedSyntaxError(what, at=derived.place, hint="pass what is changed as an argument")

    def __call__(self) -> AbstractContextManager[Any]:
        if not self.started:
            self.started = True
            return nullcontext()
        return quiet(self.found.facts.has_effects)


class InImage(Mirror):
    """Puts blocks in the places of the leaves of an argument, as they are."""

    def leaf(self, value: Any, block: Any) -> Any:
        return block


def by_argument(req: Request, blocks: Iterator[Any]) -> tuple[Any, ...]:
    """One entry for each argument, from one block for each leaf."""
    mirror = InImage(blocks)
    found = [mirror.of(kind, value) for kind, value in zip(req.bound.kinds, req.bound.values, strict=True)]
    parts = [found[i] if spread(req.bound, i) else (found[i],) for i in req.order]
    return tuple(p for part in parts for p in part)


def by_result(kind: Kind, y: Any, blocks: Iterator[Any]) -> Any:
    """Blocks in the places of the leaves of a result."""
    return InImage(filled(kind, blocks)).of(kind, y)


def filled(kind: Kind, blocks: Iterator[Any]) -> Iterator[Any]:
    """None in the places of leaves without tangent."""
    for leaf in leaves(kind):
        yield next(blocks) if carries_tangent(leaf) else None
