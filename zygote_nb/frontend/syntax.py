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


def walk(tree: ast.AST) -> list[ast.AST]:
    """The node and all below it in the order of `ast.walk`, without ``Load()`` and its kin, in a third of the time."""
    found = [tree]
    for node in found:
        found += below(node)
    return found


def below(node: ast.AST) -> list[ast.AST]:
    """The nodes that it holds itself; ``Load()`` and its kin, which Python shares between trees, are left out."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [v for v in value if isinstance(v, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


def own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    found = below(tree)
    for node in found:
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.AsyncFunctionDef, ast.ClassDef)):
            found += below(node)
    return found


def mutated_lists(tree: ast.AST) -> frozenset[str]:
    """The variables through which a list is changed: by append, pop, or an assigned element."""
    found: set[str] = set()
    for node in walk(tree):
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
