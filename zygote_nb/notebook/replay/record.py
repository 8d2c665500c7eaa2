"""The record of one observed run, and its view by the lines of the user's source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from zygote_nb.notebook.replay.instrument import Site
from zygote_nb.notebook.replay.observer import Event, Trouble
from zygote_nb.notebook.replay.values import Seen

__all__ = ["Line", "LineView", "Record", "where_lines_come_from"]

Line = tuple[str, int]  # a file, or a cell, and a line in it


@dataclass(frozen=True)
class Record:
    """What was observed.

    `text` is the generated code, `origins` the user's line behind each of its lines, and the sequences have an entry
    for each site: how often it ran, how long in all, the bytes that it kept for the backward sweep, the events of what
    it assigned and of the adjoints that it took. `complete` is False where the run was given up for its length.
    """

    name: str
    text: str
    origins: Mapping[int, Line]
    sites: tuple[Site, ...]
    hits: tuple[int, ...]
    seconds: tuple[float, ...]
    nbytes: tuple[int, ...]
    made: tuple[tuple[Event, ...], ...]
    taken: tuple[tuple[Event, ...], ...]
    order: tuple[tuple[int, int], ...]
    troubles: tuple[Trouble, ...]
    results: tuple[Seen | None, ...]
    gradients: Mapping[str, Seen | None]
    total: float
    complete: bool = True

    @cached_property
    def lines(self) -> Mapping[Line, LineView]:
        """A view of each of the user's lines that the generated code comes from."""
        by_line: dict[Line, list[int]] = {}
        for index, site in enumerate(self.sites):
            origin = self.origins.get(site.line)
            if origin is not None:
                by_line.setdefault(origin, []).append(index)
        return {line: self._view(line, sites) for line, sites in sorted(by_line.items())}

    def _view(self, line: Line, sites: list[int]) -> LineView:
        forward = [i for i in sites if self.sites[i].sweep != "backward"]
        backward = [i for i in sites if self.sites[i].sweep == "backward"]
        values = self._values(forward)
        bases = {name.split("[")[0].split(".")[0] for name, _ in values}
        return LineView(
            line,
            max((self.hits[i] for i in forward), default=0),
            sum(self.seconds[i] for i in forward),
            sum(self.seconds[i] for i in backward),
            sum(self.nbytes[i] for i in sites),
            values,
            self._incoming(backward, bases) or self._settled(bases),
            bool(backward),
            tuple(t for t in self.troubles if t.site in sites),
        )

    def _values(self, sites: list[int]) -> tuple[tuple[str, tuple[Event, ...]], ...]:
        """Names that the line assigns, each with the events of its value; what is only kept for later comes last."""
        found: dict[str, tuple[Event, ...]] = {}
        for i in sites:
            for position, name in enumerate(self.sites[i].names):
                if not (self.sites[i].appends or self.sites[i].returns) and self.made[i]:
                    picked = tuple(_only(e, position) for e in self.made[i] if len(e.values) > position)
                    if any(e.values[0] is not None for e in picked):
                        found[name] = picked
        own = {name: events for name, events in found.items() if not is_kept(name)}
        return tuple((own or found).items())

    def _incoming(self, sites: list[int], bases: set[str]) -> tuple[Event, ...]:
        """The adjoint that the line's value has when the backward sweep comes to the line, at each of its visits."""
        candidates: list[tuple[bool, int, int]] = []
        for i in sites:
            for position, read in enumerate(self.sites[i].reads):
                base = read.split("[")[0].removeprefix("d_")
                candidates.append((base not in bases, i, position))
        if not candidates:
            return ()
        _, site, position = min(candidates, key=lambda c: c[0])
        return tuple(_only(e, position) for e in self.taken[site] if e.values[position] is not None)

    def _settled(self, bases: set[str]) -> tuple[Event, ...]:
        """For a line without statements of its own in the backward sweep: the last value of its adjoint."""
        for i in reversed(range(len(self.sites))):
            for position, name in enumerate(self.sites[i].names):
                if name.removeprefix("d_") in bases and name.startswith("d_") and self.made[i]:
                    last = self.made[i][-1]
                    if len(last.values) > position and last.values[position] is not None:
                        return (_only(last, position),)
        return ()


@dataclass(frozen=True, slots=True)
class LineView:
    """One of the user's lines: how often it ran, its times, what it keeps, its values, the gradient that passes."""

    line: Line
    hits: int
    forward: float
    backward: float
    nbytes: int
    values: tuple[tuple[str, tuple[Event, ...]], ...]
    gradient: tuple[Event, ...]
    reversed: bool
    troubles: tuple[Trouble, ...] = ()

    def events(self, text: str) -> tuple[Event, ...]:
        """The values of the line's variable: the last name that its text has, before those that only we gave."""
        words = set(re.findall(r"\w+", text))
        named = [events for name, events in self.values if _user_name(name) in words]
        return (named or [events for _, events in self.values] or [()])[-1]

    def value(self, text: str) -> Seen | None:
        """The value that the line assigned last."""
        events = self.events(text)
        return events[-1].values[0] if events else None

    @property
    def norms(self) -> tuple[float, ...]:
        """Norms of the gradient that passes, in the order of the iterations of the forward sweep."""
        return tuple(e.values[0].norm for e in reversed(self.gradient) if e.values[0] is not None)

    @property
    def norm(self) -> float | None:
        """The largest of the norms; NaN if one of them is."""
        norms = self.norms
        return next((n for n in norms if n != n), max(norms)) if norms else None


def _user_name(name: str) -> str:
    """`x` for `x1`, `x[0]` and `x1[i]`."""
    return re.split(r"\d*(?:[\[.]|$)", name)[0]


def is_kept(name: str) -> bool:
    """Whether a generated name stands for something kept for the backward sweep, and not for a variable."""
    return name.startswith(("old_", "tape", "n_while"))


def where_lines_come_from(
    source: str, pairs: Mapping[int, int], files: Mapping[str, str], sweeps: Mapping[int, str]
) -> dict[int, Line]:
    """The user's line behind each generated line.

    A line without an origin of its own, such as one that keeps or restores a value, belongs to the next that has one.
    """
    origins: dict[int, Line] = {}
    text = source.splitlines()
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef) or function.name not in files:
            continue
        following: int | None = None
        sweep = ""
        for number in reversed(range(function.lineno + 1, (function.end_lineno or 0) + 1)):
            if sweeps.get(number) != sweep:
                sweep, following = sweeps.get(number, ""), None
            following = pairs.get(number, following)
            if following is not None and not text[number - 1].lstrip().startswith("#"):
                origins[number] = files[function.name], following
    return origins


def _only(event: Event, position: int) -> Event:
    return Event(event.site, event.hit, (event.values[position],))


def walk_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of a generated module."""
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))
