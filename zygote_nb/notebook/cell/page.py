"""The text of a cell, registered so that tracebacks and `inspect` find it, and run in the notebook's namespace."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Page", "read_page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A cell below its magic: an empty first line stands for that, so that line numbers are the notebook's."""

    shell: InteractiveShell
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
        exec(self.shell.compile(text, register(self.shell, text), "exec"), self.shell.user_ns, local)
        return local[name]


def read_page(shell: InteractiveShell, cell: str) -> Page:
    """Parse a cell, its line magics and shell commands made Python first."""
    __tracebackhide__ = True
    body = cell.lstrip("\n")
    source = "\n" * (1 + len(cell) - len(body)) + shell.transform_cell(body)
    filename = register(shell, source)
    return Page(shell, source, filename, shell.compile.ast_parse(source, filename))


def register(shell: InteractiveShell, text: str) -> str:
    """Make a text known to tracebacks as part of the cell that is being run; the file name to compile it under."""
    return shell.compile.cache(text, shell.displayhook.prompt_count)
