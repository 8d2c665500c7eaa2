"""`%gradprof`: for each line, the time of the function and of its backward pass, and what is kept between them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from time import perf_counter
from typing import Any

import zygote_nb as zg
from zygote_nb.api import Call, request
from zygote_nb.dataclass import dataclass
from zygote_nb.display.document import Annotated, AnnotatedLine, Document, Measure, Say
from zygote_nb.display.shown import Shows
from zygote_nb.driver.derived import derive
from zygote_nb.driver.ready import is_compiled
from zygote_nb.driver.restoring import as_before
from zygote_nb.driver.run import call_plainly
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.annotate import bytes_text, share
from zygote_nb.notebook.replay.effects import refuse_lasting
from zygote_nb.notebook.replay.record import Line, Record
from zygote_nb.notebook.replay.run import replay

__all__ = ["Cost", "Profile", "profile"]

PATIENCE = 20.0  # seconds for the observed run
WEIGHTS = {ast.Div: 4, ast.FloorDiv: 4, ast.Mod: 4, ast.Pow: 8, ast.MatMult: 60}
CALL = 12
NOTES = ("time of the line itself", "time of its adjoint", "bytes kept between the two sweeps")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds forward and backward, and bytes kept, of one of the user's lines."""

    forward: float
    backward: float
    nbytes: int


@dataclass(frozen=True, slots=True, repr=False)
class Profile(Shows):
    """Costs by line; `total` and `plain` are the measured times of value with gradient and of the function alone."""

    title: str
    costs: dict[Line, Cost]
    sources: tuple[Any, ...]
    total: float
    plain: float
    estimated: bool
    remark: str = ""

    def document(self) -> Document:
        by_itself = f"the function by itself{', interpreted,' if self.estimated else ''} takes {time_text(self.plain)}"
        kept = bytes_text(sum(c.nbytes for c in self.costs.values()))
        said = [f"value and gradient take {time_text(self.total)}, {by_itself}; {kept} are kept in between"]
        if self.estimated:
            said.append("compiled: the times of lines are estimates, counted operations scaled to the measured total")
        if self.remark:
            said.append(self.remark)
        return (*(self._function(s, n) for n, s in enumerate(self.sources)), *map(Say, said))

    def _function(self, source: Any, position: int) -> Annotated:
        total = sum(c.forward + c.backward for c in self.costs.values())
        kept = sum(c.nbytes for c in self.costs.values())
        mark = "~" if self.estimated else ""
        lines = []
        for number, text in enumerate(source.text.splitlines(), 1):
            cost = self.costs.get((source.filename, source.first_line + number - 1))
            cells = (Measure(""),) * 3
            if cost is not None:
                cells = (
                    Measure(_marked(cost.forward, mark), share(cost.forward, total)),
                    Measure(_marked(cost.backward, mark), share(cost.backward, total)),
                    Measure(bytes_text(cost.nbytes) if cost.nbytes else "", share(cost.nbytes, kept)),
                )
            lines.append(AnnotatedLine(text, number, "", cells))
        title = self.title if position == 0 else source.qualname
        return Annotated(title, ("forward", "backward", "kept"), tuple(lines), NOTES)


def profile(call: Call, title: str) -> Profile:
    """Measure the whole, observe one interpreted run, and, if the gradient is compiled, share the whole out by it."""
    req = request(call, (), {})
    derived = derive(req.bound, req.wrt, True, loss_only=True)
    refuse_lasting(derived.program)
    with as_before(req.bound.plain):
        total = best(lambda: zg.withgradient(call))
        plain = best(lambda: call_plainly(req.bound))
    compiled = is_compiled(req.bound)
    record = replay(call, PATIENCE, named=False)
    costs = _counted(record, total) if compiled else _timed(record)
    sources = list(
        {(s.filename, s.first_line): s for s in (i.source for i in derived.program.instances.values())}.values()
    )
    remark = "" if record.complete else f"given up after {PATIENCE:.0f} s: what ran later is missing"
    return Profile(title, costs, tuple(sources), total, plain, compiled, remark)


def _timed(record: Record) -> dict[Line, Cost]:
    return {line: Cost(v.forward, v.backward, v.nbytes) for line, v in record.lines.items()}


def _counted(record: Record, total: float) -> dict[Line, Cost]:
    """Weighted operations of the generated lines, times how often they ran, scaled so that all make the total."""
    weights = _weights(record.text)
    spent: dict[Line, list[float]] = {}
    for index, site in enumerate(record.sites):
        origin = record.origins.get(site.line)
        if origin is not None:
            work = weights.get(site.line, 1) * record.hits[index] * _elements(record, index)
            spent.setdefault(origin, [0.0, 0.0])[site.sweep == "backward"] += work
    whole = sum(map(sum, spent.values())) or 1.0
    views = record.lines
    return {
        line: Cost(f / whole * total, b / whole * total, views[line].nbytes) for line, (f, b) in sorted(spent.items())
    }


def _elements(record: Record, index: int) -> int:
    events = record.made[index]
    values = events[-1].values if events else ()
    return max([1, *(v.size for v in values if v is not None)])


def _weights(text: str) -> dict[int, float]:
    """For each line, the weight of the operations that it has."""
    found: dict[int, float] = {}
    for node in walk(ast.parse(text)):
        match node:
            case ast.BinOp(op=op) | ast.AugAssign(op=op):
                weight = WEIGHTS.get(type(op), 1)
            case ast.Call():
                weight = CALL
            case ast.Compare() | ast.Subscript() | ast.UnaryOp():
                weight = 1
            case _:
                continue
        found[node.lineno] = found.get(node.lineno, 0) + weight
    return found


def best(run: Callable[[], Any], patience: float = 0.4) -> float:
    """Seconds of the fastest of several runs, after one that doesn't count."""
    run()
    times: list[float] = []
    while sum(times) < patience and len(times) < 20:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


def time_text(seconds: float) -> str:
    """
    >>> time_text(0.00123), time_text(2.5e-7), time_text(9.999e-7), time_text(0.0)
    ('1.23 ms', '250 ns', '1 µs', '0')
    """
    if not seconds:
        return "0"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _marked(seconds: float, mark: str) -> str:
    return mark + time_text(seconds) if seconds else ""
