"""The parts that a shown result is made of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Beside", "Code", "Document", "Line", "Part", "Row", "Say", "Table"]


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence, in the reader's words."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One value under its name; `note` is its type or shape, said once beside it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Named values below each other."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code; lines that belong together have the same `group`, 0 is none."""

    text: str
    number: int | None = None
    group: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of code under a title."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two codes whose groups correspond: next to each other where there is room."""

    left: Code
    right: Code


Part = Say | Table | Code | Beside
Document = tuple[Part, ...]
