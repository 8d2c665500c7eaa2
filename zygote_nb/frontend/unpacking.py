"""Items for several targets that are bound at once: what a later one gets is read before an earlier one is bound."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import rows
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import FALSE, Apply, Const, Expr, If, Name, Raise, Tuple
from zygote_nb.ir.kinds import INT, Array, ListOf, Opaque, describe
from zygote_nb.ir.walk import names, subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.sequences import Sequence


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


def written_out(lo: Lowering, items: Sequence, node: ast.AST) -> Tuple:
    """What a sequence of known length gives, in a tuple."""
    if not isinstance(items.length, Const):
        raise lo.refuse(node, "items of an unknown number can't be unpacked here", "make a list of them, and index it")
    return lo.tuple_of([lo.evaluated(items.item(lo.constant(i)), node) for i in range(items.length.value)])


def spread_out(lo: Lowering, value: Expr, before: int, after: int, node: ast.AST) -> list[Any]:
    """``a, *b, c = x`` for an array or a list: what is between the first and the last entries becomes a list."""
    from zygote_nb.frontend.comprehensions import listed_items
    from zygote_nb.frontend.sequences import Sequence

    held = value if isinstance(value, (Name, Obj)) else lo.temporary("t", value, node)
    count = rows.length_of(lo, held)
    if before + after:
        few = f"not enough values to unpack (expected at least {before + after})"
        raise_if(lo, node, lo.comparison(node, ast.Lt(), count, lo.constant(before + after)), few)
    first = [lo.getitem(node, held, lo.constant(i)) for i in range(before)]
    last = [lo.getitem(node, held, lo.constant(-i)) for i in range(after, 0, -1)]
    left = lo.apply(node, operator.sub, [count, lo.constant(before + after)])
    shift = lo.constant(before)
    middle = Sequence(left, lambda i: lo.getitem(node, held, lo.apply(node, operator.add, [i, shift])))
    first = [lo.evaluated(i, node) for i in first]
    last = [lo.evaluated(i, node) for i in last]
    return [*first, listed_items(lo, node, middle), *last]


def indexed(lo: Lowering, value: Expr, count: int, starred: bool, node: ast.AST) -> Tuple:
    """``a, b = x`` for an array or a list: its entries, if it has as many."""
    if starred or not is_indexed(value):
        what = f"{describe(value.kind)} can't be unpacked here"
        raise lo.refuse(node, what, "index it")
    held = value if isinstance(value, (Name, Obj)) else lo.temporary("t", value, node)
    wrong = lo.comparison(node, ast.NotEq(), rows.length_of(lo, held), lo.constant(count))
    raise_if(lo, node, wrong, f"the number of values to unpack is not {count}")
    items = [lo.evaluated(lo.getitem(node, held, Const(i, INT)), node) for i in range(count)]
    return make_tuple(tuple(items), tuple)


def raise_if(lo: Lowering, node: ast.AST, test: Expr, message: str) -> None:
    if test != FALSE:
        error = Apply(ValueError, (static(message),), (), Opaque("exception"), None, lo.span(node))
        lo.out.append(If(test, (Raise(error, lo.span(node)),), (), lo.span(node)))
