"""Statements of another function that are written out here: its free names keep their meaning."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend import outside as outer
from zygote_nb.frontend.free import Path, step
from zygote_nb.frontend.heap import ABSENT, Object
from zygote_nb.frontend.local import bound_names, parameter_set
from zygote_nb.frontend.syntax import walk

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, eq=False)
class Scope:
    """The function that free names belong to, and the way to it."""

    function: Any
    path: Path


class Name(ast.Name):
    """A name in the surroundings of another function; ``scope`` says of which."""

    _attributes = (*ast.Name._attributes, "scope")
    scope: Scope


def lower_name(lo: Lowering, node: Name) -> Any:
    path = step(node.scope.path, node.scope.function, node.id)
    if path is None:
        if hasattr(builtins, node.id):
            return lo.program.builtin(node.scope.path, node.id)
        raise lo.refuse(node, f"name {node.id!r} is not defined", "define it before the gradient is taken")
    if any(isinstance(v, Object) and v.outside and v.fields for v in lo.env.values()):
        written = outer.current(lo, lo.program.outside, path)
        if written is not ABSENT:
            return lo.usable_value(node, written, f"`{node.id}`")
    return lo.program.free_value(lo, node, node.id, path)


def settle_names(body: list[ast.stmt], own: set[str], scope: Scope) -> None:
    """Mark the free names of a function's body, in place."""
    for statement in body:
        Marker(scope).mark(statement, own)


@dataclass(frozen=True)
class Marker:
    scope: Scope

    def mark(self, node: ast.AST, own: set[str]) -> None:
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            inner = node.body if isinstance(node, ast.FunctionDef) else [node.body]
            for outer_part in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
                self.mark_name(outer_part, own)
            self.children(node, own | parameter_set(node.args) | bound_names(list(inner)))
        elif isinstance(node, COMPREHENSIONS):
            targets = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
            self.mark_name(node.generators[0].iter, own)
            self.children(node, own | targets)
        else:
            self.mark_name(node, own)

    def mark_name(self, node: ast.AST, own: set[str]) -> None:
        if type(node) is ast.Name and isinstance(node.ctx, ast.Load) and node.id not in own:
            node.__class__ = Name
            node.scope = self.scope  # type: ignore[attr-defined]
        else:
            self.children(node, own)

    def children(self, node: ast.AST, own: set[str]) -> None:
        for child in ast.iter_child_nodes(node):
            self.mark(child, own)


__all__ = ["Name", "Scope", "lower_name", "settle_names"]
