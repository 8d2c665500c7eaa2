"""Annotated source: the user's lines, each with what one run of the gradient showed of it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import dropwhile

from zygote_nb.api import Call, request
from zygote_nb.dataclass import replace
from zygote_nb.display.document import (
    Annotated,
    AnnotatedLine,
    Beside,
    Code,
    Document,
    Measure,
    Say,
    Tab,
    Tabs,
)
from zygote_nb.display.document import Line as CodeLine
from zygote_nb.driver.derived import derive
from zygote_nb.frontend.source import Source
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.flow import courses, flow_picture
from zygote_nb.notebook.replay.effects import OnceOnly
from zygote_nb.notebook.replay.record import Line, LineView, Record, where_lines_come_from
from zygote_nb.notebook.replay.run import BUDGET, replay
from zygote_nb.notebook.replay.values import Seen, shape_text, short_number

__all__ = ["MEASURES", "annotated_document", "bytes_text", "recorded", "sparkline"]

MEASURES = ("|gradient|", "time", "kept")
NOTES = (
    "norm of the gradient of the loss with respect to what the line assigns; in a loop, its course from the first "
    "iteration to the last, and the largest",
    "share of the time of both sweeps, interpreted and observed",
    "bytes kept for the backward sweep",
)
BLOCKS = "▁▂▃▄▅▆▇█"


def annotated_document(
    call: Call, title: str, budget: float = BUDGET, code_open: bool = False, more: tuple[Tab, ...] = (), typed: str = ""
) -> Document:
    """The functions of a call with values, gradients, times and kept bytes; the generated code beside them.

    `more` are further views, behind that of the code; `typed` is the cell that the outermost function was made of.
    """
    req = request(call, (), {})
    derived = derive(req.bound, req.wrt, False)
    module = derived.module
    sweeps = {i: line.role for i, line in enumerate(module.lines, 1)}
    origins = where_lines_come_from(module, derived.generated)
    adjoint = _adjoint_lines(module.source, origins, sweeps)
    record, said = recorded(call, budget)
    sources = [i.source for i in derived.program.instances.values()]
    sources = list({(s.filename, s.first_line): s for s in sources}.values())
    if typed:
        sources[0] = replace(sources[0], text=typed.rstrip())
    groups = {line: number for number, line in enumerate(sorted(set(origins.values())), 1)}
    views = {} if record is None else record.lines
    sources = [s for n, s in enumerate(sources) if n == 0 or _lines_of(s) & {*views, *adjoint}]
    shown = [
        _annotated(source, title if n == 0 else source.qualname, views, adjoint, groups, record)
        for n, source in enumerate(sources)
    ]
    panes = Beside(
        Code("source", tuple(line for s in sources for line in _numbered(s, groups))),
        Code("backward pass", _code_lines(module.source, origins, groups)),
        repeated=True,
    )
    flow = flow_picture(courses(record, sources)) if record is not None else None
    tabs = [Tab("source and backward pass", (panes,), code_open, "%adjoint, %%grad -c")]
    tabs += [Tab("gradient flow", (flow,), how="%nantrace")] if flow is not None else []
    return *shown, *([Say(said)] if said else []), Tabs((*tabs, *more))


def _lines_of(source: Source) -> set[Line]:
    """All lines of a function. A small one that is written out where it is called has none of its own."""
    return {(source.filename, source.first_line + n) for n in range(len(source.text.splitlines()))}


def recorded(call: Call, budget: float, inside: bool = False) -> tuple[Record | None, str]:
    """The record of a run, and what is to be said of it: it was too long, or it failed."""
    try:
        record = replay(call, budget, inside=inside)
    except OnceOnly as error:
        return None, f"no values are shown: {error.what} (line {error.lineno})"
    except Exception as error:  # a picture that fails must never lose a result
        return None, f"no values are shown: the run for them failed ({type(error).__name__}: {error})"
    if record.complete:
        return record, ""
    return record, f"values up to where the run was given up, after {budget:.2g} s: interpreted, this takes long"


def _annotated(
    source: Source,
    title: str,
    views: Mapping[Line, LineView],
    adjoint: Mapping[Line, Sequence[str]],
    groups: Mapping[Line, int],
    record: Record | None,
) -> Annotated:
    largest = max((v.norm for v in views.values() if v.norm and v.norm < float("inf")), default=0.0)
    total = sum(v.forward + v.backward for v in views.values())
    kept = sum(v.nbytes for v in views.values())
    results = _results(source, record)
    lines = []
    for number, text in _text_lines(source):
        line = (source.filename, source.first_line + number - 1)
        view = views.get(line)
        value = results.get(number) or value_text(view, text)
        measures = (
            (Measure(""),) * 3
            if view is None
            else (
                Measure(norm_text(view), magnitude(view.norm or 0.0, largest)),
                Measure(time_text(view, total), share(view.forward + view.backward, total)),
                Measure(bytes_text(view.nbytes) if view.nbytes else "", share(view.nbytes, kept)),
            )
        )
        code = tuple(adjoint.get(line, ()))
        lines.append(AnnotatedLine(text, number, value, measures, code, groups.get(line, 0), trouble(view)))
    return Annotated(title, MEASURES, tuple(lines), NOTES)


def _text_lines(source: Source) -> Iterable[tuple[int, str]]:
    """The lines with their numbers, from the first that isn't blank: a cell begins below its magic."""
    numbered = enumerate(source.text.splitlines(), 1)
    return dropwhile(lambda line: not line[1].strip(), numbered)


def _results(source: Source, record: Record | None) -> dict[int, str]:
    """The result of the outermost function, at its `return`, if it has one only."""
    returns = [n for n in walk(source.tree) if isinstance(n, ast.Return)]
    if record is None or len(returns) != 1 or not record.results or record.results[0] is None:
        return {}
    if not record.name.startswith(source.tree.name if isinstance(source.tree, ast.FunctionDef) else "\0"):
        return {}
    number, value = returns[0].lineno - source.first_line + 1, returns[0].value
    line = "".join(source.text.splitlines()[number - 1 : number]).strip()
    if isinstance(value, ast.Name) and not re.match(rf"(return\s+)?{value.id}\b", line):
        return {}  # the `return` is ours: a cell ends in another line
    return {number: kind_text(record.results[0])}


def value_text(view: LineView | None, text: str) -> str:
    """What a line assigned last: a number, or dtype and shape; how often, if more than once."""
    if view is not None and not view.ran:
        return "not run"
    value = view.value(text) if view else None
    if view is None or not view.values or text.lstrip().startswith(("def ", "async def ", "class ", "@")):
        return ""
    if value is None or all(name.startswith("n_while") for name, _ in view.values):
        return f"×{view.hits}" if view.hits > 1 else ""
    times = f"  ×{view.hits}" if view.hits > 1 else ""
    return kind_text(value) + times


def kind_text(value: Seen) -> str:
    return short_number(value.sample) if value.scalar else f"{value.dtype}{shape_text(value.shape)}"


def norm_text(view: LineView) -> str:
    """The norm of the gradient that passes a line; along the iterations, a curve and the largest."""
    if view.norm is None:
        return ""
    curve = sparkline(view.norms) + " " if len(view.norms) > 1 else ""
    return curve + short_number(view.norm)


def time_text(view: LineView, total: float) -> str:
    part = (view.forward + view.backward) / total if total else 0.0
    return f"{100 * part:.0f}%" if part >= 0.005 else ""


def trouble(view: LineView | None) -> str:
    """A word on what is wrong with a line's value or gradient."""
    if view is None:
        return ""
    for bad in view.troubles:
        return f"{bad.name} is {'NaN' if bad.value.nans else 'infinite'}"
    return ""


def share(part: float, whole: float) -> float:
    return part / whole if whole > 0 and 0 < part < float("inf") else 0.0


def magnitude(norm: float, largest: float) -> float:
    """Where a norm lies between a millionth of the largest and the largest, by its logarithm.

    >>> magnitude(1.0, 1.0), magnitude(1e-3, 1.0), magnitude(0.0, 1.0)
    (1.0, 0.5, 0.0)
    """
    part = share(norm, largest)
    return max(0.0, 1.0 + math.log10(part) / 6) if part else 0.0


def sparkline(values: Sequence[float], width: int = 8) -> str:
    """A curve in characters, from 0 to the largest.

    >>> sparkline([1.0, 2.0, 3.0, 4.0])
    '▃▅▆█'
    """
    if len(values) > width:
        values = [max(values[i * len(values) // width : (i + 1) * len(values) // width]) for i in range(width)]
    largest = max((v for v in values if v == v and v < float("inf")), default=0.0)
    if not largest:
        return "▁" * len(values)
    return "".join("!" if v != v or v == float("inf") else BLOCKS[round(7 * v / largest)] for v in values)


def bytes_text(count: int) -> str:
    """
    >>> bytes_text(40), bytes_text(735744)
    ('40 B', '718 kB')
    """
    for unit in ("B", "kB", "MB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:.3g} GB"


def _adjoint_lines(text: str, origins: Mapping[int, Line], sweeps: Mapping[int, str]) -> dict[Line, list[str]]:
    """The backward lines that come from each of the user's lines."""
    found: dict[Line, list[str]] = {}
    for number, code in enumerate(text.splitlines(), 1):
        if number in origins and sweeps.get(number) == "backward":
            found.setdefault(origins[number], []).append(_untagged(code))
    return {line: _dedented(code) for line, code in found.items()}


def _untagged(code: str) -> str:
    head, mark, tail = code.rpartition("  # ")
    return head.rstrip() if mark and tail.isdigit() else code


def _dedented(lines: Sequence[str]) -> list[str]:
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    return [line[indent:] for line in lines]


def _numbered(source: Source, groups: Mapping[Line, int]) -> Iterable[CodeLine]:
    for number, text in _text_lines(source):
        yield CodeLine(text, number, groups.get((source.filename, source.first_line + number - 1), 0))


def _code_lines(text: str, origins: Mapping[int, Line], groups: Mapping[Line, int]) -> tuple[CodeLine, ...]:
    return tuple(
        CodeLine(line, None, groups.get(origins[n], 0) if n in origins else 0)
        for n, line in enumerate(text.splitlines(), 1)
    )


__all__ += ["kind_text", "norm_text", "time_text", "trouble", "value_text"]
