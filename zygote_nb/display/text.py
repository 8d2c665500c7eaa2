"""A document as plain text."""

from __future__ import annotations

from zygote_nb.display.document import (
    Annotated,
    AnnotatedLine,
    Beside,
    Code,
    Document,
    Part,
    Picture,
    Row,
    Say,
    Table,
    Tabs,
)

__all__ = ["to_text"]


def to_text(document: Document) -> str:
    """The document as text, a blank line between its parts."""
    return "\n\n".join(filter(None, map(_part, document)))


def _part(part: Part) -> str:
    match part:
        case Say(text):
            return text
        case Table(rows, title):
            name = max(len(row.name) for row in rows)
            value = max((len(row.value) for row in rows if row.note and "\n" not in row.value), default=0)
            return "\n".join([*filter(None, [title]), *(_row(row, name, value) for row in rows)])
        case Code():
            return _code(part)
        case Beside(left, right):
            return _code(right) if part.repeated else f"{_code(left)}\n\n{_code(right)}"
        case Annotated():
            return _annotated(part)
        case Picture(text=text):
            return text
        case Tabs():
            return _tabs(part)


def _row(row: Row, name: int, value: int) -> str:
    first, *more = row.value.split("\n")
    value = max(map(len, more)) if more else value
    shown = f"{row.name:{name}}  {first:{value}}    {row.note}" if row.note else f"{row.name:{name}}  {first}"
    return "\n".join([shown.rstrip(), *(" " * (name + 2) + line for line in more)])


def _code(code: Code) -> str:
    width = max((len(str(line.number)) for line in code.lines if line.number is not None), default=0)
    numbered = (f"{line.number or '':>{width}}  {line.text}" if width else line.text for line in code.lines)
    return "\n".join([*filter(None, [code.title]), *(line.rstrip() for line in numbered)])


def _tabs(part: Tabs) -> str:
    """The open ones, and how to see the others."""
    shown = [to_text(tab.parts) for tab in part.tabs if (tab.opened or not tab.how) and not tab.repeated]
    folded = [f"{tab.title} ({tab.how})" for tab in part.tabs if tab.how and not tab.opened]
    return "\n\n".join([*shown, *(["more: " + ", ".join(folded)] if folded else [])])


def _annotated(part: Annotated) -> str:
    """Columns below their heads, numbers to the right, and nothing where nothing is known."""
    measured = [line.measures for line in part.lines if line.measures]
    columns = [[m.text for m in column] for column in zip(*measured, strict=True)]
    widths = [max(map(len, (head, *texts))) for head, texts in zip(part.measures, columns, strict=True)]
    number = max((len(str(line.number)) for line in part.lines), default=1)
    source = max((len(line.text) for line in part.lines), default=0)
    value = max((len(line.value) for line in part.lines), default=0)
    value = value and max(value, len("value"))
    heads = "  ".join(f"{head:>{width}}" for head, width in zip(part.measures, widths, strict=True))
    word = f"{'value':{value}}  " if value else ""
    head = f"{part.title:{number + 2 + source}}  {word}{heads}"
    return "\n".join([head.rstrip(), *(_annotated_line(line, number, source, value, widths) for line in part.lines)])


def _annotated_line(line: AnnotatedLine, number: int, source: int, value: int, widths: list[int]) -> str:
    cells = "  ".join(f"{m.text:>{width}}" for m, width in zip(line.measures, widths, strict=False))
    mark = f"  <- {line.mark}" if line.mark else ""
    shown = f"{line.value:{value}}  " if value else ""
    return f"{line.number:>{number}}  {line.text:{source}}  {shown}{cells}{mark}".rstrip()
