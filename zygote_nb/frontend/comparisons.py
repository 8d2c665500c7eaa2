"""Lowering of comparisons, and of ``in``."""

from __future__ import annotations

import ast
import operator
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import maybe, overloads
from zygote_nb.frontend.chosen import Chosen, test_for
from zygote_nb.frontend.conditions import branch, combine, negation
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.pools import is_pooled, same_row
from zygote_nb.frontend.tables import Table
from zygote_nb.frontend.templates import Members, Rows
from zygote_nb.frontend.unset import perhaps
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import FALSE, TRUE, Apply, Assign, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import BOOL, Array, Bottom, Opaque, Scalar, Static, describe
from zygote_nb.ir.walk import all_bound

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip


def lower_compare(lo: Lowering, node: ast.Compare) -> Expr:
    if len(node.ops) == 1:
        left, right = lo.held([node.left, *node.comparators])
        if isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(right, Obj) and right.cls is GeneratorType:
            return among_items(lo, node, lo.snapshot(left), right)
        known = maybe.comparison(lo, node, node.ops[0], left, right)
        if known is not None:
            return known
        return comparison(lo, node, node.ops[0], lo.snapshot(left), lo.snapshot(right))
    return chained_comparison(lo, node)


def chained_comparison(lo: Lowering, node: ast.Compare) -> Expr:
    """``a < b < c``: each operand evaluated at most once, the later ones only when they are reached."""
    left, middle = lo.exprs([node.left, node.comparators[0]])
    if isinstance(middle, Apply):
        middle = lo.temporary("t", middle, node)
    tests = [comparison(lo, node, node.ops[0], left, middle)]
    for i, comparator in enumerate(node.comparators[1:], 1):
        block, right = perhaps(lo, lambda comparator=comparator: lo.expr(comparator))
        if block:
            again = isinstance(middle, Name) and middle.id in all_bound(tuple(block))
            return chain_rest(lo, node, tests, lo.temporary("t", middle, node) if again else middle, i)
        if isinstance(right, Apply) and i + 1 < len(node.comparators):
            right = lo.temporary("t", right, node)
        tests.append(comparison(lo, node, node.ops[i], middle, right))
        middle = right
    return combine(tests, True)


def chain_rest(lo: Lowering, node: ast.Compare, tests: list[Expr], left: Expr, at: int) -> Expr:
    """The rest of a chain whose next operand needs statements."""
    name = lo.fresh("c")
    lo.out.append(Assign(name, combine(tests, True), lo.span(node)))
    held = Name(name, BOOL)

    def rest() -> None:
        right = lo.expr(node.comparators[at])
        if isinstance(right, Apply) or (isinstance(right, Name) and at + 1 < len(node.comparators)):
            right = lo.temporary("t", right, node)
        lo.out.append(Assign(name, comparison(lo, node, node.ops[at], left, right), lo.span(node)))
        if at + 1 < len(node.comparators):
            later = chain_rest(lo, node, [held], right, at + 1)
            lo.out.append(Assign(name, later, lo.span(node)))

    branch(lo, node, held, rest, lambda: None)
    return held


def comparison(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Any, right: Any) -> Expr:
    if isinstance(op, (ast.In, ast.NotIn)):
        return membership(lo, node, op, left, right)
    fn = COMPARE[type(op)]
    if isinstance(left, Chosen) or isinstance(right, Chosen):
        return compare_choices(lo, node, fn, left, right)
    if isinstance(left, Obj) or isinstance(right, Obj):
        return compare_objects(lo, node, fn, left, right)
    if overloads.has_methods(left) or overloads.has_methods(right):
        result = overloads.binary(lo, node, fn, left, right)
        if result is not None:
            return lo.truth(node, result) if isinstance(result, Const) else result
    folded = fold_comparison(fn, left, right)
    if folded is not None:
        return TRUE if folded else FALSE
    if fn in (operator.is_, operator.is_not) and not isinstance(left.kind, Opaque):
        what = "`is` between values is not differentiated"
        raise lo.refuse(node, what, "compare with `==`, or test for None")
    if isinstance(left.kind, Opaque) or isinstance(right.kind, Opaque):
        return Apply(fn, (left, right), (), BOOL, None, lo.span(node))
    if isinstance(left, Tuple) and isinstance(right, Tuple):
        from zygote_nb.frontend.orders import compare_tuples

        found = compare_tuples(lo, node, op, left, right)
        if found is not None:
            return found
    return lo.apply(node, fn, [left, right])


def compare_choices(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Expr:
    """``f is g`` where one of them is a function chosen as the program runs."""
    choice, other = (left, right) if isinstance(left, Chosen) else (right, left)
    if fn not in EQUALITIES or isinstance(other, Chosen):
        raise lo.refuse(node, "functions chosen as the program runs are compared", "compare what they were chosen by")
    same = test_for(choice, other)
    return same if fn in (operator.is_, operator.eq) else negation(lo, node, same)


def compare_objects(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Expr:
    if fn in (operator.is_, operator.is_not):
        if isinstance(left, Obj) and isinstance(right, Obj):
            if left.ident != right.ident and {left.cls, right.cls} <= {Rows, Table, Members}:
                what = "whether these are one object depends on the path taken"
                raise lo.refuse(node, what, "compare a value that tells them apart")
            if is_pooled(lo, left) or is_pooled(lo, right):
                equal = same_row(lo, node, left, right)
                return equal if fn is operator.is_ else negation(lo, node, equal)
            p, q = get_object(lo, left), get_object(lo, right)
            if left.ident != right.ident and p.origins & q.origins:
                what = "whether these are one object depends on the path taken"
                raise lo.refuse(node, what, "compare a value that tells them apart")
            same = left.ident == right.ident
        else:
            same = False
        return TRUE if same == (fn is operator.is_) else FALSE
    result = overloads.binary(lo, node, fn, left, right)
    if result is not None:
        return lo.truth(node, result) if isinstance(result, Const) else result
    if fn in (operator.eq, operator.ne):
        equal = overloads.equal_fields(lo, node, left, right)
        return equal if fn is operator.eq else negation(lo, node, equal)
    raise lo.refuse(node, f"{describe(left.kind)} is compared", "compare its attributes")


def membership(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Any, right: Any) -> Expr:
    found = contains(lo, node, left, right)
    return found if isinstance(op, ast.In) else negation(lo, node, found)


def among_items(lo: Lowering, node: ast.Compare, item: Any, iterator: Obj) -> Expr:
    """``in`` of an iterator, which takes no more than it must."""
    from zygote_nb.frontend import generators, loops

    found: Expr = generators.value_of(lo, node, loops.is_in, [iterator, item])
    return found if isinstance(node.ops[0], ast.In) else negation(lo, node, found)


def contains(lo: Lowering, node: ast.AST, left: Any, right: Any) -> Expr:
    if isinstance(right, Obj):
        return overloads.contains(lo, node, left, right)
    if isinstance(right, Const) and isinstance(right.value, (str, frozenset, set, tuple, dict, range)):
        if isinstance(left, Const):
            return TRUE if left.value in right.value else FALSE
        if not isinstance(right.value, str):
            right = make_tuple(tuple(lo.constant(v) for v in right.value), tuple)
    if isinstance(right.kind, Opaque) or (isinstance(right, Const) and isinstance(left.kind, Opaque)):
        return Apply(operator.contains, (right, left), (), BOOL, None, lo.span(node))
    if not isinstance(right, Tuple):
        raise lo.refuse(node, "`in` is differentiated for tuples, lists and dicts only", "write the comparisons out")
    left = left if not isinstance(left, Apply) else lo.temporary("t", left, node)
    tests = [comparison(lo, node, ast.Eq(), left, item) for item in right.items]
    if any(t == TRUE for t in tests):
        return TRUE
    tests = [t for t in tests if t != FALSE]
    return combine(tests, False) if tests else FALSE


def fold_comparison(fn: Any, left: Expr, right: Expr) -> bool | None:
    """The result of a comparison that the kinds alone decide."""
    if isinstance(left, Tuple) and isinstance(right, Tuple) and all(map(is_constant, left.items + right.items)):
        return bool(fn(tuple(i.value for i in left.items), tuple(i.value for i in right.items)))  # type: ignore[union-attr]
    if is_constant(left) and is_constant(right):
        return bool(fn(left.value, right.value))  # type: ignore[union-attr]
    for a, b in ((left, right), (right, left)):
        if isinstance(a, Const) and isinstance(a.kind, Static) and fn in EQUALITIES:
            if a.value is None and not isinstance(b.kind, (Static, Bottom, Opaque)):
                return fn in (operator.is_not, operator.ne)
            if isinstance(a.value, str) and isinstance(b.kind, (Scalar, Array)):
                return fn in (operator.is_not, operator.ne)
    return None


EQUALITIES = (operator.is_, operator.is_not, operator.eq, operator.ne)


def is_constant(value: Any) -> bool:
    return isinstance(value, Const)
