"""`%nantrace`: the line whose value made the first NaN or infinity, and the line where it came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from zygote_nb.api import Call, request
from zygote_nb.dataclass import dataclass
from zygote_nb.display.document import Document, Picture, Row, Say, Table
from zygote_nb.display.shown import Shows
from zygote_nb.driver.run import call_arguments
from zygote_nb.notebook.diagnosis.breaks import breaks
from zygote_nb.notebook.diagnosis.names import spoken
from zygote_nb.notebook.diagnosis.remedies import remedy
from zygote_nb.notebook.flow import Course, courses, flow_picture, log_curve
from zygote_nb.notebook.replay.instrument import is_shorthand
from zygote_nb.notebook.replay.observer import Trouble
from zygote_nb.notebook.replay.paths import leaf_paths
from zygote_nb.notebook.replay.record import Line, Record
from zygote_nb.notebook.replay.run import looked_at, replay
from zygote_nb.notebook.replay.values import Seen, seen, short_number

__all__ = ["Trace", "trace"]

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that made a value that is not finite: the user's line, the code that ran, and what it read."""

    function: str
    line: int
    source: str
    code: str
    sweep: str
    trouble: Trouble
    say: Callable[[str], str]


@dataclass(frozen=True, slots=True, repr=False)
class Trace(Shows):
    """What was found; true if every number is finite.

    `forward` is the first trouble of the function itself, `backward` the first of the gradient.
    """

    title: str
    arguments: tuple[tuple[str, Seen], ...]
    forward: Finding | None
    backward: Finding | None
    advice: str
    flow: tuple[str, ...]
    picture: Picture | None
    cut: tuple[str, ...]
    complete: bool

    def __bool__(self) -> bool:
        return not (self.forward or self.backward or self.arguments)

    def document(self) -> Document:
        parts: list[Any] = []
        if self.arguments:
            rows = tuple(Row(name, str(value)) for name, value in self.arguments)
            parts += [Say("an argument is not finite to begin with:"), Table(rows)]
        if self.forward:
            parts += _finding(self.forward, "the function: ")
        if self.backward:
            parts += _finding(self.backward, "the gradient: ")
        if bool(self):
            parts.append(Say(f"{self.title}: no NaN and no infinity, forward or backward"))
        elif self.advice:
            parts.append(Say(f"usual remedy: {self.advice}"))
        parts += map(Say, self.flow)
        parts += [self.picture] if self.picture is not None else []
        parts += map(Say, self.cut)
        if not self.complete:
            parts.append(Say(f"the run was given up after {PATIENCE:.0f} s: what came later was not seen"))
        return tuple(parts)


def trace(call: Call, title: str) -> Trace:
    """Run a call observed, and look for the first number that is not finite, made from finite ones if there is such."""
    req = request(call, (), {})
    derived, _ = looked_at(req)
    record = replay(call, PATIENCE)
    listed = [i.source for i in derived.program.instances.values()]
    sources = {(s.filename, s.first_line + n): (s.qualname, n + 1, text.strip())
               for s in listed
               for n, text in enumerate(s.text.splitlines())}  # fmt: skip
    leaves = zip(derived.facts.parameters, call_arguments(derived.facts, req.bound), strict=True)
    paths = leaf_paths(req.bound, derived.facts.parameters)
    arguments = tuple((paths[name], s) for name, value in leaves if (s := seen(value)) is not None and s.bad)
    first = {sweep: _first(record, sweep, sources) for sweep in ("forward", "backward")}
    shown = first["forward"] or first["backward"]
    around = "\n".join(text for _, _, text in sources.values())
    advice = ""
    if shown and shown.trouble.is_origin:
        part = shown.trouble.part.text if shown.trouble.part else shown.code
        advice = remedy(shown.source or shown.code, around, part if shown.sweep == "forward" else "")
    found = courses(record, listed)
    flow = () if shown else tuple(_steep(found))
    picture = None if shown else flow_picture(found)
    cut = tuple(_cut(call, record))
    return Trace(title, arguments, first["forward"], first["backward"], advice, flow, picture, cut, record.complete)


def _first(record: Record, sweep: str, sources: dict[Line, tuple[str, int, str]]) -> Finding | None:
    """The first trouble of a sweep that finite numbers made, else the first at all."""
    troubles = [t for t in record.troubles if record.sites[t.site].sweep == sweep and not record.sites[t.site].returns]
    if sweep == "backward":  # values of the function that are brought back there are no news
        troubles = [t for t in troubles if t.name.startswith("d_") or is_shorthand(t.name)]
    if not troubles:
        return None
    found = next((t for t in troubles if t.is_origin), troubles[0])
    site = record.sites[found.site]
    name, number, text = sources.get(_origin(record, found), (site.function, 0, ""))
    code = record.text.splitlines()[site.line - 1].split("  # ")[0].strip()
    return Finding(name, number, text, code, sweep, found, partial(spoken(record), site.function))


def _origin(record: Record, found: Trouble) -> Line:
    """The user's line that a trouble comes from.

    A statement of the backward sweep may join what comes from several lines. The operation at fault belongs to the line
    whose value's adjoint it takes.
    """
    site = record.sites[found.site]
    own = record.origins.get(site.line, ("", 0))
    if found.part is None or site.sweep != "backward":
        return own
    adjoints = [n for n in found.part.names if n.startswith("d_") or is_shorthand(n)]
    for name in adjoints:
        made = name.removeprefix("d_") if name.startswith("d_") else name
        sweep = "backward" if made == name else "forward"
        for other in reversed(record.sites):
            if other.function == site.function and other.sweep == sweep and made in other.names:
                return record.origins.get(other.line, own)
    return own


def _finding(found: Finding, whose: str) -> list[Any]:
    trouble = found.trouble
    what = "NaN" if trouble.value.nans else "infinity"
    entry = f" at {list(trouble.entry)}" if trouble.entry else ""
    often = f", in iteration {trouble.hit + 1}" if trouble.hit else ""
    made = "out of finite numbers" if trouble.is_origin else "out of numbers that are not finite"
    where = f"line {found.line} of {found.function}" if found.line else found.function
    rows = [Row("line", found.source, where)] if found.source else []
    if found.sweep == "backward" or not found.source:
        rows.append(Row("code", found.code, "generated"))
    name = found.say(trouble.name)
    if trouble.part is not None and not found.code.endswith(f"= {trouble.part.text}"):
        rows.append(
            Row(found.say(trouble.part.text), _with_entry(trouble.part.value, trouble.part.at, trouble), "in it")
        )
    rows.append(Row(name, _with_entry(trouble.value, None, trouble), "made here"))
    rows += [Row(found.say(name), _with_entry(value, at, trouble), "read here") for name, value, at in trouble.operands]
    return [Say(f"{whose}the first {what} is {name}{entry}{often}, {made}", True), Table(tuple(rows))]


def _with_entry(value: Seen, at: Any, trouble: Trouble) -> str:
    return str(value) if at is None else f"{value}; {short_number(at)} at {list(trouble.entry)}"


def _steep(found: Sequence[Course]) -> list[str]:
    """Lines along whose iterations the gradient vanishes or explodes."""
    return [
        f"line {c.line} of {c.function}, `{c.text}`: the gradient {c.word} along the iterations, from "
        f"{short_number(c.norms[-1])} in the last to {short_number(c.norms[0])} in the first  {log_curve(c.norms)}"
        for c in found
        if c.word
    ]


def _cut(call: Call, record: Record) -> list[str]:
    """Arguments whose gradient is zero because no path leads from them to the result."""
    said = []
    for name, value in record.gradients.items():
        if value is None or value.norm == 0.0:
            said += [f"{name} has no influence: {found}" for found in breaks(call, name)[:4]]
    return said
