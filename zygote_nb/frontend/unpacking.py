"""Several targets bound at once: what a later one gets is read before an earlier one is bound."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import rows
from zygote_nb.ir.core import Apply, Expr
from zygote_nb.ir.kinds import Array, ListOf
from zygote_nb.ir.walk import names, subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def settled(lo: Lowering, node: ast.AST, targets: list[ast.expr], items: list[Any]) -> list[Any]:
    """The items, those evaluated that the binding of earlier targets could change."""
    return [
        lo.evaluated(item, node) if isinstance(item, Expr) and clobbered(targets[:i], item, lo) else item
        for i, item in enumerate(items)
    ]


def clobbered(earlier: list[ast.expr], item: Expr, lo: Lowering) -> bool:
    read, is_read_late = names(item), any(isinstance(e, Apply) for e in subexpressions(item))
    for target in (t for e in earlier for t in single_targets(e)):
        if isinstance(target, ast.Name):
            bound = {target.id} | {n for n in read if n.startswith(f"{target.id}_")}
            if read & bound:
                return True
        elif is_read_late or read & lo.field_names:
            return True
    return False


def single_targets(target: ast.expr) -> list[ast.expr]:
    """The variables, elements and attributes that a target binds."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [t for part in target.elts for t in single_targets(part)]
    return single_targets(target.value) if isinstance(target, ast.Starred) else [target]


def is_indexed(value: Any) -> bool:
    return rows.is_rows(value) or isinstance(value.kind, (Array, ListOf))


__all__ = ["is_indexed", "settled"]
