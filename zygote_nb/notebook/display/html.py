"""A document as HTML that survives an untrusted notebook: tables, `<details>` and inline styles, no ids, no scripts."""

from __future__ import annotations

from html import escape

from zygote_nb.notebook.display.document import Beside, Code, Document, Line, Part, Row, Say, Table

__all__ = ["to_html"]

LARGEST = 200_000  # characters; an output above this makes the saved notebook a burden
LONG = 12  # lines of a value; above, it is folded away
_FONT = "font-family:var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));font-size:0.9em"
_RULE = "1px solid var(--jp-border-color2,var(--vscode-panel-border,#9e9e9e))"
_FADED = "color:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,#616161))"
_CELL = "text-align:left;vertical-align:top;padding:1px 12px 1px 0;white-space:pre"
_TINTS = ("56,132,255", "255,152,0", "76,175,80", "171,71,188", "0,172,193", "229,57,53")


def to_html(document: Document) -> str:
    """The document as one HTML element."""
    return f"<div>{''.join(_part(part) for part in document)}</div>"


def _part(part: Part) -> str:
    match part:
        case Say(text):
            return f"<p style='margin:4px 0'>{escape(text)}</p>"
        case Table(rows):
            return f"<table style='{_FONT};border-collapse:collapse'>{''.join(map(_row, rows))}</table>"
        case Code():
            return _code(part)
        case Beside(left, right):
            cells = "".join(
                f"<td style='vertical-align:top;text-align:left;padding:0 16px 0 0'>{_code(code)}</td>"
                for code in (left, right)
            )
            return f"<table style='border-collapse:collapse'><tr>{cells}</tr></table>"


def _row(row: Row) -> str:
    return (
        f"<tr><th scope='row' style='{_CELL}'>{escape(row.name)}</th>"
        f"<td style='{_CELL}'>{_value(row.value)}</td>"
        f"<td style='{_CELL};{_FADED}'>{escape(row.note)}</td></tr>"
    )


def _value(value: str) -> str:
    first, *more = value.split("\n")
    if len(more) < LONG:
        return escape(value)
    return f"<details><summary>{escape(first)} ...</summary>{escape(chr(10).join(more))}</details>"


def _code(code: Code) -> str:
    rows, size = [], 0
    for count, line in enumerate(code.lines):
        row = _line(line)
        size += len(row)
        if size > LARGEST:
            rows.append(f"<div>... {len(code.lines) - count} more lines</div>")
            break
        rows.append(row)
    return (
        f"<div style='{_FADED};border-bottom:{_RULE};margin-bottom:4px'>{escape(code.title)}</div>"
        f"<div style='{_FONT};white-space:pre;line-height:1.4'>{''.join(rows)}</div>"
    )


def _line(line: Line) -> str:
    number = "" if line.number is None else f"<span style='{_FADED}'>{line.number:>4}  </span>"
    tint = f" style='background:rgba({_TINTS[line.group % len(_TINTS)]},0.16)'" if line.group else ""
    return f"<div{tint}>{number}{escape(line.text) or '&nbsp;'}</div>"
