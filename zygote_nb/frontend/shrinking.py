"""Functions that call themselves with parts of an array: its length is forgotten, or there would be no end of kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.ir.kinds import Array, Kind

Kinds = tuple[Kind, ...]


def without_end(kinds: Kinds, begun: Iterable[Kinds]) -> Kinds:
    """The kinds of a call, among those with which the same function is being lowered already."""
    for others in begun:
        if len(others) == len(kinds) and others != kinds and all(map(is_alike, others, kinds)):
            return tuple(map(forgetting, others, kinds))
    return kinds


def is_alike(before: Kind, now: Kind) -> bool:
    """Whether a kind is the same as another one, but for axes that are shorter by a constant."""
    if before == now:
        return True
    if not isinstance(before, Array) or not isinstance(now, Array):
        return False
    same = (before.dtype, before.ndim) == (now.dtype, now.ndim)
    return same and all(p == q or is_shorter(p, q) for p, q in zip(before.dims, now.dims, strict=True))


def is_shorter(before: Any, now: Any) -> bool:
    base, less = before if isinstance(before, tuple) else (before, 0)
    return isinstance(now, tuple) and now[0] == base and now[1] > less


def forgetting(before: Kind, now: Kind) -> Kind:
    if before == now or not isinstance(before, Array) or not isinstance(now, Array):
        return now
    return replace(now, dims=tuple(q if p == q else None for p, q in zip(before.dims, now.dims, strict=True)))
