"""Nodes of syntax that no source has: where they are said to stand, and which function they came from."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.syntax import walk

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


class Made(ast.expr):
    """An expression whose value is made by a callable, which is given the lowering."""

    _attributes = (*ast.expr._attributes, "make")

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.make = make


def mark_used(node: Any, at: ast.AST, origin: str) -> None:
    """The tree comes from another function, maybe of another file, and is used here."""
    for part in walk(node):
        if isinstance(part, (ast.expr, ast.stmt)) and not hasattr(part, "used_at"):
            part.used_at, part.origin = at, origin  # type: ignore[union-attr]


def at_place_of(at: ast.AST, node: Any) -> Any:
    """The new node alone, with the place of another one."""
    if hasattr(at, "used_at"):
        node.used_at, node.origin = at.used_at, at.origin  # type: ignore[attr-defined]
    return ast.copy_location(node, at)


def placed(node: Any, at: ast.AST) -> Any:
    """The new tree, with the place of another one."""
    ast.copy_location(node, at)
    if hasattr(at, "used_at"):
        mark_used(node, at.used_at, at.origin)  # type: ignore[attr-defined]
    return ast.fix_missing_locations(node)


def is_within(inner: Any, outer: Any) -> bool:
    return bool(outer.lineno <= inner.lineno <= (outer.end_lineno or outer.lineno))


def made_at(lo: Lowering, node: ast.AST) -> Any:
    """Where something is made; in code that is written out elsewhere, both places, that where it is used last."""
    used = getattr(node, "used_at", node)
    own = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    last = (lo.source.filename, getattr(used, "lineno", 0), getattr(used, "col_offset", 0))
    return last if used is node else (*own, *last)
