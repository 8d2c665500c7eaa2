"""Copies of syntax trees."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["copied"]


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
    return type(node)(**{name: copied(getattr(node, name)) for name in names if hasattr(node, name)})
