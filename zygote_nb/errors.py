"""What zygote_nb raises: every error shows the user's own line, why it happened and what to do instead."""

from __future__ import annotations

import ast
import builtins
import linecache
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zygote_nb.display.document import Document

__all__ = [
    "CompileError",
    "GradientCheckError",
    "Location",
    "NoRuleError",
    "ScalarOutputError",
    "SourceNotFoundError",
    "UndefinedNameError",
    "UnsupportedSyntaxError",
    "ZygoteError",
    "is_ours",
    "locate",
]

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of one line of the user's source.

    `lineno` counts from 1; the columns count UTF-8 bytes from 0, as `ast` does. Without
    `end_col_offset` the stretch reaches to the end of the line.

    >>> Location("model.py", 3, 4, 9)
    Location(filename='model.py', lineno=3, col_offset=4, end_col_offset=9)
    """

    filename: str
    lineno: int
    col_offset: int = 0
    end_col_offset: int | None = None


def locate(node: ast.AST, filename: str) -> Location:
    """The location of an AST node; a node of several lines is cut at the end of its first.

    >>> locate(ast.parse("a + b").body[0], "model.py")
    Location(filename='model.py', lineno=1, col_offset=0, end_col_offset=5)
    """
    lineno, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    one_line = getattr(node, "end_lineno", None) == lineno
    return Location(filename, lineno, col, getattr(node, "end_col_offset", None) if one_line else None)


def is_ours(filename: str) -> bool:
    """Whether a file belongs to this package.

    >>> is_ours(__file__), is_ours("model.py")
    (True, False)
    """
    return filename.startswith(_PACKAGE)


class ZygoteError(Exception):
    """Base of everything that zygote_nb raises on purpose.

    `what` says what happened, `at` where in the user's source, `hint` what to do instead; str()
    shows all three. The line is read when the error is made, so that it survives pickling.

    >>> print(ZygoteError("this can't be differentiated", hint="Write a rule for it."))
    this can't be differentiated
    Write a rule for it.
    """

    def __init__(self, what: str, *, at: Location | None = None, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.hint = hint
        self.source_line = linecache.getline(at.filename, at.lineno).rstrip("\n") if at else ""

    @property
    def filename(self) -> str | None:
        """File (or notebook cell) of the user's source, None where the error has no place in it."""
        return self.at.filename if self.at else None

    @property
    def lineno(self) -> int | None:
        """Line in `filename`, counted from 1."""
        return self.at.lineno if self.at else None

    @property
    def col_offset(self) -> int | None:
        """First column, in UTF-8 bytes from 0 as in `ast`."""
        return self.at.col_offset if self.at else None

    @property
    def end_col_offset(self) -> int | None:
        """Column after the last one, None for "to the end of the line"."""
        return self.at.end_col_offset if self.at else None

    def __str__(self) -> str:
        return "\n".join([self.what, *_shown_source(self), *filter(None, [self.hint])])

    def _render_traceback_(self, *_args: object, **_kwargs: object) -> list[str]:
        """IPython's protocol: what to show in place of a traceback, as one piece (some modes join without newlines)."""
        shell = _shell()
        if shell is not None and shell.InteractiveTB.mode == "Verbose":
            found: list[str] = shell.InteractiveTB.structured_traceback(type(self), self, self.__traceback__)
            return found
        place = _shown_source(self) or _shown_call(self.__traceback__)
        message = f"{type(self).__name__}: {self.what}"
        notes = getattr(self, "__notes__", [])
        return ["\n".join([*place, message, *filter(None, [self.hint]), *notes])]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from zygote_nb.display.shown import bundle

        return bundle(self.document())

    def document(self) -> Document:
        """The message, the user's line with a caret, and what to do: for an error that was caught and is looked at."""
        from zygote_nb.display.document import Code, Line, Say

        header, *source = _shown_source(self) or [""]
        lines = tuple(Line(line.removeprefix("    ")) for line in source)
        place = (Code(header.strip(), lines),) if header else ()
        return (Say(f"{type(self).__name__}: {self.what}"), *place, *((Say(self.hint),) if self.hint else ()))


class UnsupportedSyntaxError(ZygoteError):
    """A construct that zygote_nb doesn't differentiate, found before anything ran."""


class UndefinedNameError(UnsupportedSyntaxError, NameError):
    """A name that nothing defines, found before anything ran."""


class NoRuleError(ZygoteError):
    """A call whose result would carry a gradient, of a function without rule and without source."""


class ScalarOutputError(ZygoteError):
    """The gradient was asked of a function whose result is not one real number."""


class SourceNotFoundError(ZygoteError):
    """The Python source of a function can't be found, or is no longer the one that runs."""


class CompileError(ZygoteError):
    """`backend="numba"` was asked for and Numba can't compile the function."""


class GradientCheckError(ZygoteError):
    """A gradient and its finite differences disagree."""


def _shown_source(error: ZygoteError) -> list[str]:
    if error.at is None:
        return []
    header = _header(error.at.filename, error.at.lineno)
    line = error.source_line
    if not line.strip():
        return [header]
    return [header, f"    {line.lstrip()}", f"    {_underline(line, error.at)}"]


def _underline(line: str, at: Location) -> str:
    """Carets below the stretch, tabs kept and wide characters counted twice."""
    indent = len(line) - len(line.lstrip())
    start = max(_column(line, at.col_offset), indent)
    end = len(line) if at.end_col_offset is None else _column(line, at.end_col_offset)
    before, marked = line[indent:start], line[start:end].rstrip()
    blanks = "".join(c if c == "\t" else " " * _width(c) for c in before)
    return blanks + "^" * max(1, sum(map(_width, marked)))


def _column(line: str, byte_offset: int) -> int:
    return len(line.encode()[:byte_offset].decode(errors="ignore"))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _shown_call(traceback: TracebackType | None) -> list[str]:
    """The user's line that called zygote_nb, for an error without a place of its own."""
    call = None
    for frame, lineno in _frames(traceback):
        if is_ours(frame.f_code.co_filename):
            break
        call = frame.f_code.co_filename, lineno
    if call is None:
        return []
    line = linecache.getline(*call).strip()
    return [_header(*call), *filter(None, [f"    {line}" if line else ""])]


def _header(filename: str, lineno: int) -> str:
    """The place in a file, or in a cell by the number that the notebook shows."""
    shell = _shell()
    named = shell.compile.format_code_name(filename) if shell is not None else None
    return f"  {' '.join(named)}, line {lineno}" if named else f'  File "{filename}", line {lineno}'


def _shell() -> Any:
    """The IPython shell that runs us, which puts a way to itself among the builtins; None elsewhere."""
    return getattr(builtins, "get_ipython", lambda: None)()


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
