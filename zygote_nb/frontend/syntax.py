"""Syntax trees: copies, and what they tell of a function before it is lowered."""

from __future__ import annotations

import ast
from typing import Any


def copied(node: Any) -> Any:
    """A tree of its own, fields and positions only.

    Other programs hang references on the nodes that Python shares between all trees (IPython's tracebacks do, from
    `ast.Load()` to its parent); `copy.deepcopy` follows these through every tree of the session.
    """
    if isinstance(node, list):
        return [copied(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    names = (*node._fields, *node._attributes)
    made = type(node)(**{name: copied(getattr(node, name)) for name in names if hasattr(node, name)})
    if hasattr(node, "used_at"):
        made.used_at, made.origin = node.used_at, node.origin
    if hasattr(node, "users_name"):
        made.users_name = node.users_name
    return made


def rename(node: Any, name: str) -> None:
    """Give a function or a class another name; the user's stays known."""
    node.users_name = users_name(node)
    node.name = name


def users_name(node: Any) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else getattr(node, "users_name", node.name)


def own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    found, queue = [], list(ast.iter_child_nodes(tree))
    while queue:
        node = queue.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.AsyncFunctionDef, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(node))
    return found


def mutated_lists(tree: ast.AST) -> frozenset[str]:
    """The variables through which a list is changed: by append, pop, or an assigned element."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ) and node.func.attr in ("append", "pop", "extend"):
            found.add(node.func.value.id)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            base: ast.expr = node
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return frozenset(found)
