"""A document as HTML that survives an untrusted notebook: tables, `<details>`, inline styles, no ids, no global styles.

Where scripts run, one short script (`static/live.js`) adds what needs one: matching lines under the pointer or the
focus, the choice of what shades the lines, tabs, a picture that answers. Without it all is there to read.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from html import escape
from importlib.resources import files

from zygote_nb.dataclass import replace
from zygote_nb.display.annotated import annotated_html
from zygote_nb.display.document import (
    Annotated,
    Beside,
    Code,
    Document,
    Line,
    Part,
    Picture,
    Row,
    Say,
    Tab,
    Table,
    Tabs,
)
from zygote_nb.display.styles import CELL, FADED, FONT, HEAD, LARGEST, tint

__all__ = ["LARGEST", "live_script", "to_html"]

WRAPPED = ";white-space:pre-wrap"  # what is one line need not stay one
LONG = 4  # lines of a value; above, it is folded away
WHOLE = 189_000  # characters of an output; one above this makes the saved notebook a burden
SMALLER = (
    LARGEST,
    100_000,
    70_000,
    50_000,
    35_000,
    25_000,
    15_000,
    8_000,
    2_000,
)  # what is tried for listings, until the whole fits


def to_html(document: Document) -> str:
    """The document as one HTML element. Listings are cut where the whole would be too large."""
    script = (
        live_script(any(isinstance(part, Picture) and part.live for part in document))
        if any(map(_lively, document))
        else ""
    )
    for largest in SMALLER:
        body = "".join(_part(part, largest) for part in document)
        if len(body) + len(script) <= WHOLE:
            return f"<div data-zg='1'>{body}{script}</div>"
    lively = [part for part in document if isinstance(part, Picture) and part.live]
    if lively:  # a picture that doesn't answer is better than none
        return to_html(tuple(replace(part, live="") if part in lively else part for part in document))
    return f"<div data-zg='1'>{body}{script}</div>"


@cache
def live_script(graph: bool = False) -> str:
    """The script element, which acts on every output of ours that it finds and that isn't live yet."""
    folder = files("zygote_nb.display").joinpath("static")
    parts = [folder.joinpath(name).read_text("utf-8") for name in (["graph.js"] if graph else []) + ["live.js"]]
    code = re.sub("\n +", "\n", "".join(parts))
    return f"<script>{{{code}}}</script>"


def _lively(part: Part) -> bool:
    return isinstance(part, Annotated | Beside | Picture | Tabs)


def _part(part: Part, largest: int) -> str:
    match part:
        case Say(text, strong):
            return f"<p style='margin:4px 0'>{f'<b>{escape(text)}</b>' if strong else escape(text)}</p>"
        case Table(rows, title):
            table = f"<table style='{FONT};border-collapse:collapse'>{''.join(map(_row, rows))}</table>"
            return (f"<div style='{HEAD}'>{escape(title)}</div>" if title else "") + table
        case Code():
            return _code(part, largest)
        case Beside(left, right):
            cells = "".join(
                f"<td style='vertical-align:top;text-align:left;padding:0 16px 0 0'>{_code(code, largest)}</td>"
                for code in (left, right)
            )
            return f"<table data-panes='1' style='border-collapse:collapse'><tr>{cells}</tr></table>"
        case Annotated():
            return annotated_html(part, 2 * largest)
        case Picture():
            return _picture(part)
        case Tabs(tabs):
            return f"<div data-tabs='1' style='margin-top:6px'>{''.join(_tab(tab, largest) for tab in tabs)}</div>"


def _tab(tab: Tab, largest: int) -> str:
    opened = " open" if tab.opened else ""
    body = "".join(_part(part, largest) for part in tab.parts)
    return (
        f"<details{opened} style='margin:2px 0'><summary style='cursor:pointer;{FADED}'>{escape(tab.title)}</summary>"
        f"<div style='padding:4px 0 4px 14px;overflow-x:auto'>{body}</div></details>"
    )


def _picture(part: Picture) -> str:
    data = b64encode(part.svg.encode()).decode()
    kind = "live" if part.live else "drawn"
    return (
        f"<div data-picture='{kind}' style='overflow-x:auto'><img alt='{escape(part.alt, quote=True)}' "
        f"style='max-width:100%;height:auto' src='data:image/svg+xml;base64,{data}'>{part.live}</div>"
    )


def _row(row: Row) -> str:
    return (
        f"<tr><th scope='row' style='{CELL}'>{escape(row.name)}</th>"
        f"<td style='{CELL}{'' if chr(10) in row.value else WRAPPED}'>{_value(row)}</td>"
        f"<td style='{CELL};{FADED}'>{escape(row.note)}</td></tr>"
    )


def _value(row: Row) -> str:
    first, *more = row.value.split("\n")
    if len(more) < LONG:
        return escape(row.value)
    if row.short:
        return f"<details><summary style='cursor:pointer'>{escape(row.short)}</summary>{escape(row.value)}</details>"
    rest = escape(chr(10).join(more))
    return f"<details><summary style='cursor:pointer'>{escape(first)} ...</summary>{rest}</details>"


def _code(code: Code, largest: int) -> str:
    rows, size = [], 0
    for count, line in enumerate(code.lines):
        row = _line(line)
        size += len(row)
        if size > largest:
            rows.append(f"<div>... {len(code.lines) - count} more lines</div>")
            break
        rows.append(row)
    head = f"<div style='{HEAD}'>{escape(code.title)}</div>" if code.title else ""
    return head + f"<div style='{FONT};white-space:pre;line-height:1.4'>{''.join(rows)}</div>"


def _line(line: Line) -> str:
    number = "" if line.number is None else f"<span style='{FADED}'>{line.number:>4}  </span>"
    group = f" data-group='{line.group}' style='{tint(line.group)};padding-right:8px'" if line.group else ""
    return f"<div{group}>{number}{escape(line.text) or '&nbsp;'}</div>"
