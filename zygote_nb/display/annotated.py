"""Annotated source as HTML: a row for each line, its measures with bars, its adjoint code folded under it."""

from __future__ import annotations

from html import escape

from zygote_nb.display.document import Annotated, AnnotatedLine
from zygote_nb.display.styles import FADED, FONT, LARGEST, RULE, SHADES, bar, tint

__all__ = ["annotated_html"]

CURVE = set("▁▂▃▄▅▆▇█!")
DIM = "opacity:0.7"  # short, for it stands in every row, and it survives an untrusted notebook
_NUMBER = "text-align:right;padding:0 6px;white-space:pre"


def annotated_html(part: Annotated, largest: int = LARGEST) -> str:
    """The rows, under a line with the names of the columns; those that are too many are counted."""
    grid = f"display:grid;grid-template-columns:{_columns(part)};column-gap:6px;grid-auto-rows:1.6em"
    value = any(line.value for line in part.lines)
    notes = part.notes or ("",) * len(part.measures)
    heads = "".join(map(_head, part.measures, notes))
    head = (
        f"<div style='{grid};{FADED};border-bottom:{RULE};margin-bottom:2px'><span></span><span></span>"
        f"<span>{escape(part.title)}</span><span style='padding-left:6px'>{'value' if value else ''}</span>"
        f"{heads}</div>"
    )
    rows, size = [], 0
    for count, line in enumerate(part.lines):
        row = _row(line, grid, part.measures)
        size += len(row)
        if size > largest:
            rows.append(f"<div style='{FADED}'>... {len(part.lines) - count} more lines; print(_) shows all</div>")
            break
        rows.append(row)
    names = escape(";".join(part.measures), quote=True)
    shades = ";".join(SHADES[: len(part.measures)])
    frame = f"{FONT};line-height:1.6em;max-width:110em;overflow-x:auto;margin:4px 0 10px"
    return f"<div data-annotated='{names}' data-shades='{shades}' style='{frame}'>{head}{''.join(rows)}</div>"


def _head(name: str, note: str) -> str:
    title = f" title='{escape(note, quote=True)}'" if note else ""
    return f"<span{title} style='text-align:right;padding:0 6px'>{escape(name)}</span>"


def _columns(part: Annotated) -> str:
    """Each as wide as its longest text; what is left goes to the source."""
    source = max((len(line.text) + len(line.mark) + 3 for line in part.lines), default=20)
    value = max((len(line.value) for line in part.lines), default=0)
    measured = [[m.text for m in line.measures] for line in part.lines if line.measures]
    widths = [max(map(len, texts)) + 3 for texts in zip(part.measures, *measured, strict=True)]
    shown = max(value + 2, 8) if value else 0
    return f"1.1em 2.4em minmax({min(source, 100)}ch,1fr) {shown}ch " + " ".join(f"{w}ch" for w in widths)


def _row(line: AnnotatedLine, grid: str, names: tuple[str, ...]) -> str:
    shares = ";".join(f"{m.share:.3f}" for m in line.measures)
    cells = "".join(
        f"<span style='{_NUMBER};{'' if _is_curve(m.text) else bar(m.share, column)}'>{_words(m.text)}</span>"
        for column, m in enumerate(line.measures or [None] * len(names))
        if m is not None
    )
    mark = f"<b style='color:var(--jp-error-color1,#c62828)'> ⚠ {escape(line.mark)}</b>" if line.mark else ""
    shade = _shade(line.measures[0].share if line.measures else 0.0)
    source = f"<span data-source='1' style='white-space:pre;{shade}'>{escape(line.text) or ' '}{mark}</span>"
    number = f"<span style='{DIM};text-align:right;padding-right:8px'>{line.number}</span>"
    value = f"<span style='{DIM};white-space:pre;padding-left:6px'>{escape(line.value)}</span>"
    opener = f"<span aria-hidden='true' style='{DIM}'>{'▸' if line.adjoint else ''}</span>"
    inside = f"{opener}{number}{source}{value}{cells}"
    data = f"data-group='{line.group}' data-shares='{shares}'"
    if not line.adjoint:
        return f"<div {data} style='{grid}'>{inside}</div>"
    code = escape("\n".join(line.adjoint))
    return (
        f"<details><summary {data} style='{grid};cursor:pointer;list-style:none'>{inside}</summary>"
        f"<div style='margin:1px 0 4px 3.3em;padding:2px 8px;white-space:pre;border-left:3px solid "
        f"rgba({SHADES[0]},0.6);{tint(line.group, 0.12)}'>{code}</div></details>"
    )


def _words(text: str) -> str:
    """A curve in characters steps back behind its number."""
    if not _is_curve(text):
        return escape(text)
    curve, _, rest = text.rpartition(" ")
    return f"<span style='{DIM}'>{escape(curve)}</span> {escape(rest)}"


def _is_curve(text: str) -> bool:
    curve = text.rpartition(" ")[0]
    return bool(curve) and set(curve) <= CURVE


def _shade(share: float) -> str:
    return f"background:rgba({SHADES[0]},{0.05 + 0.4 * min(share, 1.0):.2f})" if share > 0.004 else ""
