"""Values inside a line: every operation of the forward sweep, under the text that it has in the user's program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.source import Source
from zygote_nb.frontend.syntax import copied, walk
from zygote_nb.ir.core import Expr
from zygote_nb.ir.text import show
from zygote_nb.notebook.replay.values import Seen

__all__ = ["INNER", "MOST", "Inner", "Opener", "by_line", "names_in", "text_of"]

MOST = 600  # operations; a graph has no more of them
INNER = "<inner>"  # no name that a text can hold
Inner = tuple[int, str]  # a line of generated code, and an operation in it


@dataclass(slots=True)
class Opener:
    """Hands the value of each operation to the observer; names that only stand for a part of a line are written out."""

    users: frozenset[str]
    parts: dict[str, ast.expr] = field(default_factory=dict)
    opened: int = 0

    def open(self, node: ast.Assign | ast.AugAssign) -> None:
        """Change the right side of a statement of the forward sweep, until so many operations are open."""
        if self.opened > MOST:
            return
        whole = copied(node.value)
        node.value = _Wrapper(self, node.lineno).visit(node.value)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if self.user_name(name) is None:
                self.parts[name] = self.written_out(whole)
            case _:
                pass

    def written_out(self, node: ast.expr) -> ast.expr:
        """The expression in the user's names."""
        return _Renamer(self).visit(copied(node))

    def user_name(self, name: str) -> str | None:
        """`x` for `x1`, if the user has only that; None for a name that only generated code has."""
        base = re.sub(r"\d+$", "", name)
        return name if name in self.users else base if base in self.users else None


@dataclass(slots=True)
class _Wrapper(ast.NodeTransformer):
    opener: Opener
    line: int

    def visit(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return node
            case ast.Call(func=func):
                text = self.text(node)
                if isinstance(func, ast.Attribute) and not isinstance(func.value, ast.Name):
                    func.value = self.visit(func.value)
                node.args = [self.visit(a) for a in node.args]
                node.keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
                return self.handed(text, node)
            case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.Subscript() | ast.Attribute():
                text = self.text(node)
                return self.handed(text, self.generic_visit(node))
        return self.generic_visit(node)

    def text(self, node: ast.expr) -> str:
        return ast.unparse(self.opener.written_out(node))

    def handed(self, text: str, node: ast.AST) -> ast.Call:
        self.opener.opened += 1
        return ast.Call(ast.Name(INNER, ast.Load()), [ast.Constant(self.line), ast.Constant(text), node], [])


@dataclass(slots=True)
class _Renamer(ast.NodeTransformer):
    opener: Opener

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.opener.parts:
            return copied(self.opener.parts[node.id])
        return ast.Name(self.opener.user_name(node.id) or node.id, ast.Load())


def names_in(sources: Iterable[Source]) -> frozenset[str]:
    """The names of variables that the user's functions hold."""
    trees = [s.tree for s in sources]
    names = {n.id for t in trees for n in walk(t) if isinstance(n, ast.Name)}
    return frozenset(names | {n.arg for t in trees for n in walk(t) if isinstance(n, ast.arg)})


def by_line(
    inner: Mapping[Inner, Seen | None], origins: Mapping[int, tuple[str, int]]
) -> dict[tuple[str, int], dict[str, Seen]]:
    """For each of the user's lines, the last value of each operation in it."""
    found: dict[tuple[str, int], dict[str, Seen]] = {}
    for (line, text), value in inner.items():
        if value is not None and line in origins:
            found.setdefault(origins[line], {})[text] = value
    return found


def text_of(expr: Expr) -> str:
    """An operation as `by_line` has it."""
    try:
        return ast.unparse(ast.parse(show(expr), mode="eval"))
    except SyntaxError:
        return ""
