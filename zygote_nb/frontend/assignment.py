"""Lowering of assignments: the right side is read before anything is bound."""

from __future__ import annotations

import ast
from typing import Any

from zygote_nb.frontend.heap import Obj, list_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import (
    Apply,
    Expr,
    Tuple,
)
from zygote_nb.ir.walk import names


def lower_assign(lo: Lowering, node: ast.Assign) -> None:
    lo.label = node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) else None
    outer, lo.rebinding = lo.rebinding, (lo.label, node.value) if lo.label else None
    value = lo.value(node.value)
    lo.label, lo.rebinding = None, outer
    if len(node.targets) > 1 or not simple_targets(node.targets) or (lo.protected and isinstance(value, Tuple)):
        value = settle(lo, node, value)
    for target in node.targets:
        assign_to(lo, target, value, node)


def simple_targets(targets: list[ast.expr]) -> bool:
    return isinstance(targets[0], (ast.Name, ast.Subscript))


def settle(lo: Lowering, node: ast.Assign, value: Any) -> Any:
    """The right side is read before anything is bound: what the targets' bindings could change gets a variable."""
    if isinstance(value, Tuple) and len(node.targets) == 1 and not lo.protected:
        return settle_entries(lo, node, value)
    if isinstance(value, Tuple) and value.cls is list:
        value = list_object(lo, node, "items", value)
    return lo.evaluated(value, node) if isinstance(value, (Apply, Tuple)) else value


def settle_entries(lo: Lowering, node: ast.Assign, value: Tuple) -> Tuple:
    target = node.targets[0]
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    if any(isinstance(p, ast.Starred) for p in parts) or len(parts) != len(value.items):
        return value
    items = list(value.items)
    for i in range(len(items)):
        if clobbered(parts[:i], parts[i], items[i], lo):
            items[i] = lo.evaluated(items[i], node)
    return make_tuple(tuple(items), value.cls)


def clobbered(earlier: list[ast.expr], own: ast.expr, item: Expr, lo: Lowering) -> bool:
    """Whether binding the earlier targets could change what the item reads."""
    if isinstance(item, Obj):
        return False
    read = names(item)
    for target in earlier:
        if isinstance(target, ast.Name):
            bound = {target.id} | {n for n in read if n.startswith(f"{target.id}_")}
            if read & bound:
                return True
        elif isinstance(item, Apply) or read & lo.field_names:
            return True
    return False
