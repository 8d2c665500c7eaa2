"""Axes of length one in results of library functions: whether the length is one, or that of the samples was.

An axis of unknown length has one length in all samples, and of two such axes the difference may be one: where
`np.convolve(u, v, "valid")` or `np.diff(u, n=3)` gives one entry for a sample, it gives others for longer arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend.samples import Unknown, describe, run
from zygote_nb.ir.kinds import Array, Kind, TupleOf

LONGER = tuple(range(60, 180, 12))
"""Lengths for the labels in one more sample."""
UNKNOWN = 24
Label = Any


def has_dim(kind: Kind, test: Callable[[Label], bool]) -> bool:
    match kind:
        case Array():
            return any(map(test, kind.dims))
        case TupleOf():
            return any(has_dim(k, test) for k in kind.items)
    return False


def confirmed(fn: Any, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...], kind: Kind) -> Kind:
    """The kind with those axes of length one that have it for longer arrays as well."""
    if not has_dim(kind, lambda d: d == 1) or not any(map(is_open, (*args, *(v for _, v in kwargs)))):
        return kind
    for apart in (True, False):
        fresh = iter(range(11, 1, -1)) if apart else iter(())
        try:
            given = [relabelled(a, fresh) for a in args]
            named = [(k, relabelled(v, fresh)) for k, v in kwargs]
            longer = describe(run(fn, tuple(given), tuple(named), LONGER, UNKNOWN), LONGER)
        except Unknown:
            continue
        return with_ones_of(kind, longer)
    return with_ones_of(kind, None)


def is_open(sketch: Any) -> bool:
    """Whether the length of an axis is unknown, or shorter than another by many."""
    if sketch[0] == "tuple":
        return any(map(is_open, sketch[2]))
    return sketch[0] == "kind" and has_dim(sketch[1], lambda d: d is None or isinstance(d, tuple))


def relabelled(sketch: Any, fresh: Iterator[int]) -> Any:
    """The sketch with a length of its own for each axis of unknown length, as long as there are any."""
    match sketch:
        case ("tuple", cls, items):
            return ("tuple", cls, tuple(relabelled(i, fresh) for i in items))
        case ("kind", kind):
            return ("kind", with_labels(kind, fresh))
    return sketch


def with_labels(kind: Kind, fresh: Iterator[int]) -> Kind:
    match kind:
        case Array():
            return replace(kind, dims=tuple(next(chain(fresh, (None,))) if is_unsure(d) else d for d in kind.dims))
        case TupleOf():
            return replace(kind, items=tuple(with_labels(k, fresh) for k in kind.items))
    return kind


def is_unsure(label: Label) -> bool:
    return label is None or (isinstance(label, tuple) and label[1] > LONGER[0] // 2)


def with_ones_of(kind: Kind, longer: Kind | None) -> Kind:
    match kind, longer:
        case TupleOf(), TupleOf() if len(kind.items) == len(longer.items):
            return replace(kind, items=tuple(map(with_ones_of, kind.items, longer.items)))
        case TupleOf(), _:
            return replace(kind, items=tuple(with_ones_of(k, None) for k in kind.items))
        case Array(), _:
            same = isinstance(longer, Array) and longer.ndim == kind.ndim
            dims = longer.dims if same else (None,) * kind.ndim  # type: ignore[union-attr]
            return replace(kind, dims=tuple(None if d == 1 != n else d for d, n in zip(kind.dims, dims, strict=True)))
    return kind
