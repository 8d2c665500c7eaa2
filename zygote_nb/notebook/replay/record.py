"""The record of one observed run, and its view by the lines of the user's source."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from zygote_nb.backend.module import Module
from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.generated import Generated
from zygote_nb.notebook.replay.instrument import Site
from zygote_nb.notebook.replay.observer import Event, Trouble
from zygote_nb.notebook.replay.values import Seen

__all__ = ["Line", "LineView", "Record", "is_kept", "where_lines_come_from"]

Line = tuple[str, int]  # a file, or a cell, and a line in it


@dataclass(frozen=True)
class Record:
    """What was observed.

    `text` is the generated code, `origins` the user's line behind each of its lines, `results_at` the lines of
    `return`, where the seed comes in; the sequences have an entry for each site: how often it ran, how long in all, the
    bytes that it kept for the backward sweep, the events of what it assigned and of the adjoints that it took.
    `users` are the names that stand in the user's functions. `complete` is False where the run was given up for its
    length. `inside` has the values of the operations in each line, by their text, if these were observed.
    """

    name: str
    text: str
    origins: Mapping[int, Line]
    results_at: frozenset[Line]
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
    users: frozenset[str] = frozenset()
    complete: bool = True
    inside: Mapping[Line, Mapping[str, Seen]] = field(default_factory=dict)

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
        bases = list(dict.fromkeys(_base(name) for name, _ in reversed(values)))
        return LineView(
            line,
            self._runs(line, forward),
            sum(self.seconds[i] for i in forward),
            sum(self.seconds[i] for i in backward),
            sum(self.nbytes[i] for i in sites),
            self._joined(values),
            self._passing(backward, bases, line in self.results_at) or self._settled(bases),
            bool(backward),
            any(self.hits[i] for i in sites),
            tuple(t for t in self.troubles if t.site in sites),
        )

    def _values(self, sites: list[int]) -> tuple[tuple[str, tuple[Event, ...]], ...]:
        """Names that the line assigns, each with the events of its value; what is only kept for later comes last."""
        found: dict[str, tuple[Event, ...]] = {}
        for i in sites:
            names = ("return",) if self.sites[i].returns else self.sites[i].names
            for position, name in enumerate(names):
                if not self.sites[i].appends and self.made[i]:
                    picked = tuple(_only(e, position) for e in self.made[i] if len(e.values) > position)
                    if any(e.values[0] is not None for e in picked):
                        found[name] = picked
        own = {name: events for name, events in found.items() if not (is_kept(name) or self._is_flag(name))}
        return tuple((own or found).items())

    def _is_flag(self, name: str) -> bool:
        """Whether a generated name only says which way a run took."""
        return name not in self.users and re.fullmatch(r"(done|stop|skip)\d*", name) is not None

    def _stem(self, name: str) -> str:
        """The user's variable behind a generated name; in a loop that is written out each copy has a number."""
        base = _base(name)
        return base if base in self.users else re.sub(r"\d+$", "", base)

    @cached_property
    def _loops(self) -> dict[str, list[tuple[bool, ...]]]:
        return {}

    def _loops_around(self, line: Line) -> tuple[bool, ...]:
        filename, number = line
        if filename not in self._loops:
            self._loops[filename] = loops_around(linecache.getlines(filename))
        found = self._loops[filename]
        return found[min(number, len(found) - 1)]

    def _runs(self, line: Line, sites: list[int]) -> int:
        """How often a line ran; of a loop's own line, how many iterations there were.

        Its statements may stand apart, with those of what it calls between them. What they assign is a variable of the
        user's, of which a loop that is written out makes versions, or a name that is only ours.
        """
        *around, own = self._loops_around(line)
        if own:
            return max((self.hits[i] for i in sites), default=0)
        runs: dict[str, int] = {}
        for place in _neighbours(sites):
            for stem, versions in self._versions(place).items():
                more = versions[1:] if any(around) else []
                runs[stem] = runs.get(stem, 0) + sum(self.hits[i] for i in (place[0], *more))
        return max(runs.values(), default=0)

    def _versions(self, place: list[int]) -> dict[str, list[int]]:
        """For each name that statements assign, where it is assigned, and where further versions of it are."""
        found: dict[str, dict[str, int]] = {}
        for i in place:
            for base in {_base(n) for n in self.sites[i].names} or {""}:
                stem = self._stem(base)
                found.setdefault(stem if stem in self.users else base, {}).setdefault(base, i)
        return {stem: list(where.values()) for stem, where in found.items()}

    def _joined(self, values: tuple[tuple[str, tuple[Event, ...]], ...]) -> tuple[tuple[str, tuple[Event, ...]], ...]:
        """The values of the copies of a line one after the other, under the name of the first."""
        found: dict[str, tuple[str, tuple[Event, ...]]] = {}
        for name, events in values:
            key = self._stem(name) if _base(name) == name else name
            first, earlier = found.get(key, (name, ()))
            found[key] = first, (*earlier, *events)
        return tuple(found.values())

    def _passing(self, sites: list[int], bases: list[str], returns: bool) -> tuple[Event, ...]:
        """The gradients that pass the copies of a line, the last copy first, as in the backward sweep."""
        if not bases:
            return self._incoming(sites, bases, returns)
        copies = [b for b in bases if self._stem(b) == self._stem(bases[0])]
        found = [self._incoming(sites, [b], returns and n == 0) for n, b in enumerate(copies)]
        return tuple(e for events in found for e in events) or self._incoming(sites, bases, returns)

    def _incoming(self, sites: list[int], bases: list[str], returns: bool) -> tuple[Event, ...]:
        """The adjoint that the line's value has when the backward sweep comes to the line, at each of its visits.

        That is the adjoint of the variable that the line assigns (its last one), or at a `return`, the seed.
        """
        candidates: list[tuple[int, int, int]] = []
        for i in sites:
            for position, read in enumerate(self.sites[i].reads):
                base = _base(read).removeprefix("d_")
                if returns and read.startswith("d_") and base not in self._assigned:
                    candidates.append((-1, i, position))
                elif base in bases:
                    candidates.append((bases.index(base), i, position))
        if not candidates:
            return ()
        _, site, position = min(candidates, key=lambda c: c[0])
        return tuple(_only(e, position) for e in self.taken[site] if e.values[position] is not None)

    @cached_property
    def _assigned(self) -> frozenset[str]:
        """Variables whose adjoints are computed; that of the result is given."""
        names = (_base(n) for site in self.sites if not site.returns for n in site.names)
        return frozenset(n.removeprefix("d_") for n in names if n.startswith("d_"))

    def _settled(self, bases: list[str]) -> tuple[Event, ...]:
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
    ran: bool
    troubles: tuple[Trouble, ...] = ()

    def events(self, text: str) -> tuple[Event, ...]:
        """The values of the line's variable: the last name that its text has, before those that only we gave."""
        words = set(re.findall(r"\w+", text))
        named = [events for name, events in self.values if _user_name(name) in words]
        if named or not self.values:
            return (named or [()])[-1]
        last, events = self.values[-1]
        callee = re.fullmatch(r"(.+_out)\d+", last)  # what it returns comes before what it changes
        first = f"{callee[1]}0" if callee else last
        return dict(self.values).get(first, events)

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


def lines_of_results(functions: Iterable[Generated]) -> frozenset[Line]:
    """The lines of every `return` of the user's functions."""
    sources = [f.source.source for f in functions if f.source is not None]
    return frozenset(
        (source.filename, node.lineno)
        for source in sources
        for node in walk(source.tree)
        if isinstance(node, ast.Return)
    )


def loops_around(lines: list[str]) -> list[tuple[bool, ...]]:
    """For each number of a line whether the blocks that it stands in, outermost first, and last itself, are loops."""
    found: list[tuple[bool, ...]] = [(False,)]
    open_blocks: list[tuple[int, tuple[bool, ...]]] = []
    for text in lines:
        code = text.lstrip()
        if not code or code.startswith("#"):
            found.append(found[-1])
            continue
        indent = len(text) - len(code)
        while open_blocks and open_blocks[-1][0] >= indent:
            open_blocks.pop()
        outer = open_blocks[-1][1] if open_blocks and not code.startswith("def ") else ()
        found.append((*outer, re.match(r"(async )?(for|while)\b", code) is not None))
        open_blocks.append((indent, found[-1]))
    return found


def _neighbours(sites: Iterable[int]) -> list[list[int]]:
    """Runs of numbers that follow each other.

    >>> _neighbours([1, 2, 5])
    [[1, 2], [5]]
    """
    found: list[list[int]] = []
    for i in sites:
        if found and found[-1][-1] == i - 1:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def _base(name: str) -> str:
    """`x` for `x[0]`."""
    return name.split("[")[0].split(".")[0]


def _user_name(name: str) -> str:
    """`x` for `x1`, `x[0]` and `x1[i]`."""
    return re.split(r"\d*(?:[\[.]|$)", name)[0]


def is_kept(name: str) -> bool:
    """Whether a generated name stands for something kept for the backward sweep, and not for a variable."""
    return name.startswith(("old_", "tape", "n_while"))


def where_lines_come_from(module: Module, functions: Iterable[Generated]) -> dict[int, Line]:
    """The user's line behind each generated line.

    A line without an origin of its own, such as one that keeps or restores a value, belongs to the next that has one.
    """
    source, pairs = module.source, dict(module.linemap)
    sweeps = {number: line.role for number, line in enumerate(module.lines, 1)}
    files = {f.name: f.source.source.filename for f in functions if f.source is not None}
    origins: dict[int, Line] = {}
    following: int | None = None
    sweep = ""
    for number, (function, line) in reversed(list(enumerate(_lines_of_functions(source), 1))):
        if line.startswith("def ") or sweeps.get(number) != sweep:
            sweep, following = sweeps.get(number, ""), None
        following = pairs.get(number, following)
        if following is not None and function in files and not line.lstrip().startswith(("#", "def ")):
            origins[number] = files[function], following
    return origins


def _lines_of_functions(source: str) -> Iterator[tuple[str, str]]:
    """Each line with the name of the function that it is in."""
    name = ""
    for line in source.splitlines():
        if line.startswith("def "):
            name = line[4 : line.index("(")]
        yield name, line


def _only(event: Event, position: int) -> Event:
    return Event(event.site, event.hit, (event.values[position],))


def walk_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of a generated module."""
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))
