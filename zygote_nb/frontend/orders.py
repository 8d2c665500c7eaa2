"""Comparison of tuples and lists entry by entry."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.comparisons import COMPARE, comparison
from zygote_nb.frontend.conditions import conjunction, disjunction, negation
from zygote_nb.ir.core import FALSE, TRUE, Apply, Expr, Tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def compare_tuples(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Tuple, right: Tuple) -> Expr | None:
    """``left op right``; None where Python has no order for them."""
    alike = (left.cls is list) == (right.cls is list)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        equal = all_equal(lo, node, left, right) if alike else FALSE
        return equal if isinstance(op, ast.Eq) else negation(lo, node, equal)
    return in_order(lo, node, op, list(left.items), list(right.items)) if alike else None


def all_equal(lo: Lowering, node: ast.AST, left: Tuple, right: Tuple) -> Expr:
    if len(left.items) != len(right.items):
        return FALSE
    return conjunction([comparison(lo, node, ast.Eq(), p, q) for p, q in zip(left.items, right.items, strict=True)])


def in_order(lo: Lowering, node: ast.AST, op: ast.cmpop, left: list[Any], right: list[Any]) -> Expr:
    """``left < right`` and the like, decided by the first entries that differ, or else by the lengths."""
    if not left or not right:
        return TRUE if COMPARE[type(op)](len(left), len(right)) else FALSE
    p, q = (v[0] if not isinstance(v[0], Apply) else lo.temporary("t", v[0], node) for v in (left, right))
    strict = ast.Lt() if isinstance(op, (ast.Lt, ast.LtE)) else ast.Gt()
    rest = in_order(lo, node, op, left[1:], right[1:])
    return disjunction([comparison(lo, node, strict, p, q), conjunction([comparison(lo, node, ast.Eq(), p, q), rest])])
