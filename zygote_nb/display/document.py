"""The parts that a shown result is made of."""

from __future__ import annotations

from zygote_nb.dataclass import dataclass

__all__ = [
    "Annotated",
    "AnnotatedLine",
    "Beside",
    "Code",
    "Document",
    "Line",
    "Measure",
    "Part",
    "Picture",
    "Row",
    "Say",
    "Tab",
    "Table",
    "Tabs",
]


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence, in the reader's words; a `strong` one is what the rest is about."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One value under its name; `note` is its type or shape, said once beside it; `short` stands for a long value."""

    name: str
    value: str
    note: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Named values below each other."""

    rows: tuple[Row, ...]
    title: str = ""


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
    """Two codes whose groups correspond: next to each other where there is room.

    `repeated` says that the left one has been shown already, with more beside it; plain text leaves it out.
    """

    left: Code
    right: Code
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What one column says of a line: the words, and the line's share of the whole, from 0 to 1, which shades it."""

    text: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class AnnotatedLine:
    """A line of the user's, what is known of it, and the adjoint code that comes from it; `mark` names a trouble."""

    text: str
    number: int
    value: str = ""
    measures: tuple[Measure, ...] = ()
    adjoint: tuple[str, ...] = ()
    group: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Annotated:
    """Source with measures; `measures` names their columns, the first of which shades the lines to begin with.

    `notes` says of each column what it is.
    """

    title: str
    measures: tuple[str, ...]
    lines: tuple[AnnotatedLine, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, with the words that stand for it; `text` is its equal in plain text."""

    svg: str
    alt: str
    text: str
    live: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views; at most one is open to begin with. `how` is what to type to see it in plain text.

    `repeated` says that plain text has it already.
    """

    title: str
    parts: tuple[Part, ...]
    opened: bool = False
    how: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Tabs:
    """Views of one thing, of which a reader opens those wanted."""

    tabs: tuple[Tab, ...]


Part = Say | Table | Code | Beside | Annotated | Picture | Tabs
Document = tuple[Part, ...]
