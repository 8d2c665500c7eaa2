"""Lowering of assignments: the right side is read before anything is bound."""

from __future__ import annotations

import ast
from typing import Any

from zygote_nb.frontend.heap import list_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.targets import assign_to
from zygote_nb.ir.core import (
    Apply,
    Tuple,
)


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
    """The right side is read before anything is bound: what the targets' bindings could change gets a variable.

    Of several targets in one display, each gets its item as they are bound.
    """
    if isinstance(value, Tuple) and len(node.targets) == 1 and not lo.protected:
        return value
    if isinstance(value, Tuple) and value.cls is list:
        value = list_object(lo, node, "items", value)
    return lo.evaluated(value, node) if isinstance(value, (Apply, Tuple)) else value
