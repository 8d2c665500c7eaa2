"""The text of a cell as a Python function, line for line."""

from __future__ import annotations

import ast
import builtins
import io
import tokenize
from collections.abc import Sequence

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.cell.names import binds, flow, reads, writes
from zygote_nb.notebook.cell.plan import Plan
from zygote_nb.notebook.cell.statements import is_definition
from zygote_nb.notebook.cell.variables import all_bound

__all__ = ["carried_names", "changed_in_place", "function_name", "function_text", "uncertain_names"]

INDENT = "    "


def function_name(plan: Plan) -> str:
    """`cell`, unless the cell itself uses that name."""
    used = all_bound(plan.core).union(*map(reads, plan.core))
    return "cell" if "cell" not in used else "notebook_cell"


def carried_names(plan: Plan) -> tuple[str, ...]:
    """What the function returns beside the loss: names that the cell binds, and variables that it may write into."""
    definitions = all_bound(s for s in plan.core if is_definition(s))
    deleted = {n.id for s in plan.core for n in walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
    bound = all_bound(plan.core) - definitions - deleted
    written = plan.objects | (plan.mutable if _may_write(plan) else frozenset())
    loss = set() if isinstance(plan.core[-1], ast.Expr) else {plan.loss.id}
    return tuple(sorted((bound | written) - loss))


def uncertain_names(plan: Plan) -> frozenset[str]:
    """Carried names that some path through the cell leaves unbound, such as those of a loop without iterations."""
    return frozenset(carried_names(plan)) - flow(plan.core, {*plan.wrt, *plan.state}).bound


def changed_in_place(plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """Names of which only the object can have changed, and names that are written into first and rebound later."""
    added = [n.target for s in plan.core for n in walk(s) if isinstance(n, ast.AugAssign)]
    named = (n for s in plan.core for n in walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    rebound = {n.id for n in named if n not in added} & all_bound(plan.core)
    first = {name: next(i for i, s in enumerate(plan.core) if name in binds(s)) for name in rebound}
    early = (name for name, i in first.items() if any(name in writes(s) for s in plan.core[: i + 1]))
    return frozenset(carried_names(plan)) - rebound, frozenset(early)


def function_text(plan: Plan, source: str, carried: Sequence[str]) -> str:
    """The core of the cell on its own lines, below `def cell(W, b):` on the first line, where the magic was.

    The line numbers of an error are then those that the notebook shows.
    """
    page = _Page(source.encode().split(b"\n"), _lines_inside_strings(source))
    extra = f", ({''.join(f'{name}, ' for name in carried).rstrip()})" if carried else ""
    *others, last = plan.core
    for statement in others:
        page.paste(statement)
    if isinstance(last, ast.Expr):
        page.paste(last, *(("return (", f"){extra}") if extra else ("return ", "")))
    else:
        page.paste(last)
        page.lines[max(page.lines) + 1] = f"{INDENT}return {ast.unparse(plan.loss)}{extra}"
    body = [page.lines.get(number, "") for number in range(2, max(page.lines) + 1)]
    return "\n".join([f"def {function_name(plan)}({', '.join((*plan.wrt, *plan.state))}):", *body, ""])


@dataclass(frozen=True, slots=True)
class _Page:
    """Statements copied from `source`, indented, to the lines on which they stand there."""

    source: list[bytes]
    inside_strings: frozenset[int]
    lines: dict[int, str] = field(default_factory=dict)

    def paste(self, node: ast.stmt, prefix: str = "", suffix: str = "") -> None:
        """Copy a statement; columns are bytes, as in `ast`."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        for number in range(first, node.end_lineno + 1):
            line = self.source[number - 1]
            start = node.col_offset if number == node.lineno else 0
            end = node.end_col_offset if number == node.end_lineno else len(line)
            text = line[start:end].decode()
            if number == node.lineno:
                text = prefix + text
            if number == node.end_lineno:
                text += suffix + _comment(line[end:].decode())
            if before := self.lines.get(number):
                self.lines[number] = f"{before}; {text}"
            else:
                within = number in self.inside_strings and number != node.lineno
                self.lines[number] = text if within or not text else INDENT + text


def _may_write(plan: Plan) -> bool:
    """In-place statements, or calls of functions that may be the notebook's own."""
    called = {n.func.id for s in plan.core for n in walk(s) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return any(map(writes, plan.core)) or not called <= vars(builtins).keys()


def _comment(rest: str) -> str:
    return rest if rest.lstrip().startswith("#") else ""


def _lines_inside_strings(source: str) -> frozenset[int]:
    """Numbers of the lines that begin inside a string, where an indent would change the string."""
    found: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif name == "FSTRING_START":
            opened.append(token.start[0])
        elif name == "FSTRING_END":
            found.update(range(opened.pop() + 1, token.end[0] + 1))
    return frozenset(found)
