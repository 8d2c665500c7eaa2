"""The observer that an instrumented run reports to."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.notebook.replay.inside import Inner
from zygote_nb.notebook.replay.instrument import Site
from zygote_nb.notebook.replay.parts import Part, bad_part
from zygote_nb.notebook.replay.values import Seen, seen

__all__ = ["Event", "Observer", "OutOfTime", "Trouble"]

KEPT = 128  # observations of one statement; of a longer loop, every second, fourth, ... iteration
EVENTS = 20_000
TROUBLES = 40


class OutOfTime(BaseException):
    """The run takes longer than a picture is worth; no handler of the observed code may catch it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Run number `hit` of the statement `site`: what it assigned, or, before that, the adjoints that it takes."""

    site: int
    hit: int
    values: tuple[Seen | None, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A statement that made a value that is not finite, and the values that it read.

    `entry` is the place of the first such entry; an operand of the same shape comes with what it has there.
    `part` is the operation that made it, if the values that the statement read are all finite.
    """

    site: int
    hit: int
    name: str
    value: Seen
    entry: tuple[int, ...]
    operands: tuple[tuple[str, Seen, Any], ...]
    part: Part | None = None

    @property
    def is_origin(self) -> bool:
        """Whether all that the statement read was finite."""
        return not any(seen.bad for _, seen, _ in self.operands)


class Observer:
    """Counts, times and summarises. The time that observing takes is not counted."""

    def __init__(self, sites: Sequence[Site], budget: float, code: Sequence[str] = ()) -> None:
        self.sites = sites
        self.code = code
        self.hits = [0] * len(sites)
        self.seconds = [0.0] * len(sites)
        self.nbytes = [0] * len(sites)
        self.made: list[list[Event]] = [[] for _ in sites]
        self.taken: list[list[Event]] = [[] for _ in sites]
        self.stride = [1] * len(sites)
        self.order: list[tuple[int, int]] = []
        self.troubles: list[Trouble] = []
        self.inside: dict[Inner, Seen | None] = {}
        self.deadline = perf_counter() + budget
        self.last = perf_counter()

    def read(self, site: int, values: tuple[Any, ...]) -> None:
        """Before a statement of the backward sweep: the adjoints that it takes."""
        now = perf_counter()
        self.seconds[site] += now - self.last
        hit = self.hits[site]
        if hit % self.stride[site] == 0:
            self._keep(self.taken[site], Event(site, hit, tuple(map(seen, values))))
        self.last = perf_counter()

    def seen(self, site: int, values: tuple[Any, ...]) -> None:
        """After a statement: what it assigned."""
        now = perf_counter()
        self.seconds[site] += now - self.last
        if now > self.deadline:
            raise OutOfTime
        hit = self.hits[site]
        self.hits[site] = hit + 1
        self._summarise(site, hit, values)
        self.last = perf_counter()

    def inner(self, line: int, text: str, value: Any) -> Any:
        """The value of an operation, on its way to the rest of its line."""
        self.inside[line, text] = seen(value)
        return value

    def _summarise(self, site: int, hit: int, values: tuple[Any, ...]) -> None:
        where = self.sites[site]
        if where.appends:
            self.nbytes[site] += sum(map(_nbytes, values))
        if where.returns and isinstance(values[0], tuple):
            values = values[0]
        if hit % self.stride[site] == 0:
            found = tuple(map(seen, values))
            self._keep(self.made[site], Event(site, hit, found))
            if len(self.order) < EVENTS:
                self.order.append((site, hit))
            if any(value is not None and value.bad for value in found):
                self._trouble(site, hit, values)
        elif not all(map(_finite, values)):
            self._trouble(site, hit, values)

    def _names(self, site: Site, values: tuple[Any, ...]) -> tuple[str, ...]:
        return site.names if len(site.names) == len(values) else site.names[:1] * len(values)

    def _trouble(self, site: int, hit: int, values: tuple[Any, ...]) -> None:
        """Note the value and the variables that the statement names, while they are as it found them."""
        if len(self.troubles) >= TROUBLES:
            return
        where = self.sites[site]
        frame = sys._getframe(3)
        scope = frame.f_locals
        for name, raw in zip(self._names(where, values), values, strict=True):
            value = seen(raw)
            if value is None or not value.bad:
                continue
            entry = tuple(map(int, np.argwhere(~np.isfinite(raw))[0])) if np.ndim(raw) else ()
            used = [n for n in where.uses if n in scope and n != name]
            operands = tuple((n, s, _at(scope[n], entry, value)) for n in used if (s := seen(scope[n])) is not None)
            trouble = Trouble(site, hit, name, value, entry, operands)
            if trouble.is_origin and self.code:
                part = bad_part(self.code[where.line - 1], entry, np.shape(raw), {**frame.f_globals, **scope})
                trouble = replace(trouble, part=part)
            self.troubles.append(trouble)

    def _keep(self, kept: list[Event], event: Event) -> None:
        kept.append(event)
        if len(kept) > KEPT:
            self.stride[event.site] *= 2
            for events in (self.made[event.site], self.taken[event.site]):
                events[:] = [e for e in events if e.hit % self.stride[event.site] == 0]


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return bool(np.isfinite(value).all())
    return True


def _at(value: Any, entry: tuple[int, ...], like: Seen) -> Any:
    """The entry of an operand that has the shape of the result."""
    return value[entry] if entry and np.shape(value) == like.shape else None


def _nbytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, tuple | list):
        return sum(map(_nbytes, value))
    return 8
