"""The text of a cell, registered so that tracebacks and `inspect` find it, and run in the notebook's namespace."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.errors import Location, ZygoteError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Page", "read_page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A cell below its magic: an empty first line stands for that, so that line numbers are the notebook's.

    In `source`, line magics and shell commands are Python; `typed` is what is shown.
    """

    shell: InteractiveShell
    typed: str
    source: str
    filename: str
    tree: ast.Module

    def execute(self, statements: Sequence[ast.stmt]) -> None:
        """Run some of the statements as an ordinary cell does."""
        __tracebackhide__ = True
        if statements:
            module = ast.Module(list(statements), [])
            exec(self.shell.compile(module, self.filename, "exec"), self.shell.user_ns)

    def evaluate(self, expression: ast.expr) -> Any:
        """The value of one of the expressions."""
        __tracebackhide__ = True
        code = self.shell.compile(ast.Expression(expression), self.filename, "eval")
        return eval(code, self.shell.user_ns)

    def define(self, name: str, text: str) -> Callable[..., Any]:
        """The function `name` of `text`, with the notebook's variables as its globals, and not itself among them."""
        local: dict[str, Any] = {}
        filename = without_suffix(self.shell, register(self.shell, text))
        exec(self.shell.compile(text, filename, "exec"), self.shell.user_ns, local)
        return local[name]

    @contextmanager
    def as_typed(self, made: Callable[..., Any]) -> Iterator[None]:
        """Errors in a function that was made of the cell show the cell, not the function's text."""
        __tracebackhide__ = True
        filename = made.__code__.co_filename
        try:
            yield
        except Exception as error:
            if isinstance(error, ZygoteError) and error.at is None:  # about the cell as a whole
                first = next(i for i, line in enumerate(self.typed.splitlines(), 1) if line.strip())
                error.at, error.source_line = Location(self.filename, first), self.typed.splitlines()[first - 1]
            elif isinstance(error, ZygoteError) and error.at is not None and error.filename == filename:
                _say_as_typed(error, self.source)
            linecache.cache[filename] = (len(self.source), None, self.source.splitlines(True), filename)
            raise


class CellSyntaxError(ZygoteError):
    """The cell is not Python."""


def read_page(shell: InteractiveShell, cell: str) -> Page:
    """Parse a cell, its line magics and shell commands made Python first."""
    __tracebackhide__ = True
    body = cell.lstrip("\n")
    source = "\n" * (1 + len(cell) - len(body)) + shell.transform_cell(body)
    filename = register(shell, source)
    try:
        tree = shell.compile.ast_parse(source, filename)
        if waits := next((n for n in _outside_functions(tree) if isinstance(n, _ASYNC)), None):
            raise UsageError(f"line {waits.lineno} awaits, which %%grad can't: await in a cell before")
        typed = "\n" * (1 + len(cell) - len(body)) + body
        same = len(typed.splitlines()) == len(source.splitlines())
        return Page(shell, typed if same else source, source, filename, tree)
    except SyntaxError as error:
        lineno, column = error.lineno or 1, (error.offset or 1) - 1
        start = len(source.splitlines()[lineno - 1][:column].encode()) if column else 0
        raise CellSyntaxError(error.msg, at=Location(filename, lineno, start, start + 1)) from None


_ASYNC = (ast.Await, ast.AsyncFor, ast.AsyncWith)


def _outside_functions(node: ast.AST) -> Iterator[Any]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _outside_functions(child)


def _say_as_typed(error: ZygoteError, source: str) -> None:
    """The error's place in the cell: there, the line has neither our indent nor our `return`."""
    at, ours, lines = error.at, error.source_line, source.splitlines()
    if at.lineno > len(lines):  # the `return` of a name that the last statement assigned
        error.at, error.source_line = Location(at.filename, len(lines)), lines[-1]
        return
    typed = lines[at.lineno - 1]
    shift = max(0, ours.find(typed.strip())) - (len(typed) - len(typed.lstrip()))
    end = None if at.end_col_offset is None else min(at.end_col_offset - shift, len(typed.encode()))
    error.at = replace(at, col_offset=max(0, at.col_offset - shift), end_col_offset=end)
    error.source_line = typed


def register(shell: InteractiveShell, text: str) -> str:
    """Make a text known to tracebacks as part of the cell that is being run; the file name to compile it under."""
    return shell.compile.cache(text, shell.displayhook.prompt_count)


def without_suffix(shell: InteractiveShell, filename: str) -> str:
    """Another name for a text that is known under the name of a file which doesn't exist.

    A kernel names its cells so, and IPython then shows functions by the text that is found from their first line on. By
    another name they are shown by their lines.
    """
    if not filename.endswith(".py"):
        return filename
    name = filename.removesuffix(".py")
    linecache.cache[name] = (*linecache.cache[filename][:3], name)
    numbers = getattr(shell.compile, "_filename_map", {})
    numbers.setdefault(name, numbers.get(filename, 0))
    return name
