"""A document as plain text."""

from __future__ import annotations

from zygote_nb.notebook.display.document import Beside, Code, Document, Part, Row, Say, Table

__all__ = ["to_text"]


def to_text(document: Document) -> str:
    """The document as text, a blank line between its parts."""
    return "\n\n".join(_part(part) for part in document)


def _part(part: Part) -> str:
    match part:
        case Say(text):
            return text
        case Table(rows):
            width = max(len(row.name) for row in rows)
            return "\n".join(_row(row, width) for row in rows)
        case Code():
            return _code(part)
        case Beside(left, right):
            return f"{_code(left)}\n\n{_code(right)}"


def _row(row: Row, width: int) -> str:
    first, *more = row.value.split("\n")
    note = f"    {row.note}" if row.note else ""
    widest = max(map(len, more), default=0)
    return "\n".join([f"{row.name:{width}}  {first:{widest}}{note}", *(" " * (width + 2) + line for line in more)])


def _code(code: Code) -> str:
    width = max((len(str(line.number)) for line in code.lines if line.number is not None), default=0)
    numbered = (f"{line.number or '':>{width}}  {line.text}" if width else line.text for line in code.lines)
    return "\n".join([f"{code.title}", *(line.rstrip() for line in numbered)])
