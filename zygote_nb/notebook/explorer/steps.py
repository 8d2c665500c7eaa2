"""One step of an observed run: the line, the code that ran, and what it left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.display.styles import CELL, FADED, FONT
from zygote_nb.frontend.source import Source
from zygote_nb.notebook.replay.observer import Event
from zygote_nb.notebook.replay.record import Line, Record
from zygote_nb.notebook.replay.values import Seen, shape_text, short_number

__all__ = ["Steps"]

SHOWN = 12  # other variables beside those that a step makes
LOOKED_BACK = 500  # steps, to find them


@dataclass(frozen=True)
class Steps:
    """The steps of a run in order, and the sources that they belong to."""

    record: Record
    sources: tuple[Source, ...]
    order: tuple[Event, ...]

    @staticmethod
    def of(record: Record, sources: Sequence[Source]) -> Steps:
        known = {(e.site, e.hit): e for events in record.made for e in events}
        order = (known[key] for key in record.order if key in known)
        kept = tuple(e for e in order if record.origins.get(record.sites[e.site].line) and not _is_silent(record, e))
        return Steps(record, tuple(sources), kept)

    def __len__(self) -> int:
        return len(self.order)

    def origin(self, step: int) -> Line:
        return self.record.origins[self.record.sites[self.order[step].site].line]

    def made(self, step: int) -> dict[str, Seen]:
        """What the step left."""
        event = self.order[step]
        pairs = zip(self.record.sites[event.site].names, event.values, strict=False)
        return {name: value for name, value in pairs if value is not None}

    def before(self, step: int) -> dict[str, Seen]:
        """What was there already, the latest first: the values that other names have at this moment.

        An array that was written into since it was made is known by its entries only.
        """
        now = self.made(step)
        found: dict[str, Seen] = {}
        written = {name.partition("[")[0] for name in now if "[" in name}
        for earlier in range(step - 1, max(-1, step - 1 - LOOKED_BACK), -1):
            for name, value in self.made(earlier).items():
                if name not in written and name.partition("[")[0] not in now:
                    found.setdefault(name, value)
                written.add(name.partition("[")[0] if "[" in name else name)
            if len(found) >= SHOWN:
                break
        return {name: value for name, value in found.items() if name not in now}

    def loops(self) -> Mapping[str, tuple[int, ...]]:
        """For each line that ran several times forward, the steps at which its iterations begin."""
        found: dict[Line, list[int]] = {}
        for step, event in enumerate(self.order):
            site = self.record.sites[event.site]
            if site.sweep == "forward" and self.record.hits[event.site] > 1:
                found.setdefault(self.origin(step), []).append(step)
        shown: dict[str, tuple[int, ...]] = {}
        for line, steps in found.items():
            first = self.order[steps[0]].site
            text = self._text(line)
            if text.startswith(("for ", "while ")):
                shown[f"{line[1] - self._first(line) + 1}: {text}"] = tuple(
                    s for s in steps if self.order[s].site == first
                )
        return shown

    def html(self, step: int) -> str:
        """Source with the current line marked, beside what the step left."""
        event = self.order[step]
        site = self.record.sites[event.site]
        line = self.origin(step)
        code = self.record.text.splitlines()[site.line - 1].split("  # ")[0].strip()
        colour = "255,140,0" if site.sweep == "backward" else "56,132,255"
        sweep = "backward" if site.sweep == "backward" else "forward"
        iteration = (
            f", iteration {event.hit + 1} of {self.record.hits[event.site]}" if self.record.hits[event.site] > 1 else ""
        )
        values = "".join(_row(n, v) for n, v in self.made(step).items())
        others = "".join(_row(n, v, False) for n, v in self.before(step).items())
        source = "".join(self._source(s, line, colour) for s in self.sources)
        return (
            f"<div style='display:flex;flex-wrap:wrap;gap:24px;{FONT};line-height:1.45'><div>{source}</div>"
            f"<div><div style='{FADED}'>{sweep} sweep{iteration}</div>"
            f"<div style='white-space:pre;{_tinted(colour)};padding:2px 6px;margin:4px 0'>{escape(code)}</div>"
            f"<table style='border-collapse:collapse'>{values}{others}</table></div></div>"
        )

    def _source(self, source: Source, current: Line, colour: str) -> str:
        rows = []
        for number, text in enumerate(source.text.splitlines(), 1):
            here = (source.filename, source.first_line + number - 1) == current
            mark = f";{_tinted(colour)}" if here else ""
            label = " aria-current='step'" if here else ""
            head = f"<span style='{FADED}'>{'▶' if here else ' '}{number:>3} </span>"
            rows.append(f"<div{label} style='white-space:pre{mark}'>{head}{escape(text)}</div>")
        return "".join(rows)

    def _first(self, line: Line) -> int:
        inside = [s.first_line for s in self.sources if s.filename == line[0] and s.first_line <= line[1]]
        return max(inside, default=line[1])

    def _text(self, line: Line) -> str:
        for source in self.sources:
            index = line[1] - source.first_line
            lines = source.text.splitlines()
            if source.filename == line[0] and 0 <= index < len(lines):
                return lines[index].strip()
        return ""


def _is_silent(record: Record, event: Event) -> bool:
    """Steps that leave nothing to be seen."""
    return not any(v is not None for v in event.values)


def _tinted(colour: str) -> str:
    return f"background:rgba({colour},0.25)"


def _row(name: str, value: Seen, new: bool = True) -> str:
    head = f"<th style='{CELL}'>{escape(name)}</th>" if new else f"<td style='{CELL};{FADED}'>{escape(name)}</td>"
    faded = "" if new else f";{FADED}"
    kind = value.dtype if value.scalar else f"{value.dtype}{shape_text(value.shape)}"
    return (
        f"<tr>{head}<td style='{CELL}{faded}'>{escape(_contents(value))}</td>"
        f"<td style='{CELL};{FADED}'>{escape(kind)}</td></tr>"
    )


def _contents(value: Seen) -> str:
    if value.scalar:
        return short_number(value.sample)
    sample: Any = value.sample
    text = np.array2string(sample, precision=4, suppress_small=True, max_line_width=78, threshold=200)
    return text if sample.size == value.size else f"{text}\na thinned copy of {value}"
