"""Lowering of assignment targets: names, unpacking, stores, and augmented assignment."""

from __future__ import annotations

import ast
import operator

import numpy as np

from zygote_nb.frontend.lower import BINARY, Lowering, describe, make_tuple
from zygote_nb.ir.core import Apply, Const, Expr, Name, Store, Tuple
from zygote_nb.ir.kinds import INT, Array, Bottom, ListOf, Static
from zygote_nb.ir.walk import names, root, subexpressions

WHOLE = Const(Ellipsis, Static(Ellipsis))


def assign_to(lo: Lowering, target: ast.expr, value: Expr, node: ast.AST) -> None:
    match target:
        case ast.Name():
            lo.bind(target.id, value, node)
        case ast.Tuple() | ast.List():
            unpack(lo, target, value, node)
        case ast.Subscript():
            base, index = lo.exprs([target.value, target.slice])
            store(lo, node, base, index, value)
        case _:
            what = f"assignment to `{ast.unparse(target)}` is not differentiated"
            raise lo.refuse(node, what, "assign to variables and to elements of arrays and lists")


def unpack(lo: Lowering, target: ast.Tuple | ast.List, value: Expr, node: ast.AST) -> None:
    parts = target.elts
    starred = [i for i, p in enumerate(parts) if isinstance(p, ast.Starred)]
    if not isinstance(value, Tuple):
        value = indexed(lo, value, len(parts), bool(starred), node)
    items = list(value.items)
    if starred:
        after = len(parts) - starred[0] - 1
        middle = make_tuple(tuple(items[starred[0] : len(items) - after]), list)
        items = [*items[: starred[0]], middle, *items[len(items) - after :]]
    if len(items) != len(parts):
        what = f"{len(items)} values are unpacked into {len(parts)} names"
        raise lo.refuse(node, what, "Python would raise ValueError here")
    for part, item in zip(parts, items, strict=True):
        assign_to(lo, part.value if isinstance(part, ast.Starred) else part, item, node)


def indexed(lo: Lowering, value: Expr, count: int, starred: bool, node: ast.AST) -> Tuple:
    """``a, b = x`` for an array or a list: its first entries."""
    if starred or not isinstance(value.kind, (Array, ListOf)):
        what = f"{describe(value.kind)} can't be unpacked here"
        raise lo.refuse(node, what, "index it")
    held = value if isinstance(value, Name) else lo.temporary("t", value, node)
    items = [lo.evaluated(lo.getitem(node, held, Const(i, INT)), node) for i in range(count)]
    return make_tuple(tuple(items), tuple)


def store(lo: Lowering, node: ast.AST, base: Expr, index: Expr, value: Expr) -> None:
    """``base[index] = value``."""
    if isinstance(base, Tuple) or not isinstance(base.kind, (Array, ListOf, Bottom)):
        what = f"an entry of {describe(base.kind)} can't be assigned here"
        raise lo.refuse(node, what, "use an array, or a list made by this function under one name")
    if isinstance(value, Tuple):
        value = stored_tuple(lo, node, base, value)
    if isinstance(base.kind, ListOf) and isinstance(value, Apply) and isinstance(value.kind, Array):
        value = lo.temporary("t", value, node)
    if root(base) is None:
        base = lo.temporary("t", base, node)
    if isinstance(index, Tuple) and index.cls is list:
        index = lo.temporary("k", lo.apply(node, np.array, [index]), node)
    lo.out.append(Store(base, settled_index(lo, index, node), value, span=lo.span(node)))


def stored_tuple(lo: Lowering, node: ast.AST, base: Expr, value: Tuple) -> Expr:
    if isinstance(base.kind, Array):
        return lo.apply(node, np.array, [value])
    raise lo.refuse(node, "tuples in lists are not differentiated", "use one list for each entry of the tuple")


def settled_index(lo: Lowering, index: Expr, node: ast.AST) -> Expr:
    """An index is read once, before the store: one that reads memory gets a variable."""
    if isinstance(index, Tuple):
        items = tuple(settled_index(lo, i, node) for i in index.items)
        return make_tuple(items, index.cls)
    if isinstance(index, Apply) and index.fn is slice:
        from dataclasses import replace

        return replace(index, args=tuple(settled_index(lo, a, node) for a in index.args))
    reads_memory = any(isinstance(e, Apply) and e.fn is operator.getitem for e in subexpressions(index))
    if isinstance(index, Apply) and (reads_memory or isinstance(index.kind, Array)):
        return lo.temporary("k", index, node)
    return index


def augment(lo: Lowering, node: ast.AugAssign) -> None:
    """``x op= e``: a rebinding for numbers and tuples, a write to memory for arrays and elements."""
    fn = BINARY[type(node.op)]
    if isinstance(node.target, ast.Subscript):
        base, index = lo.exprs([node.target.value, node.target.slice])
        if isinstance(base, Tuple):
            raise lo.refuse(node, "an entry of a tuple can't be assigned", "use an array")
        if isinstance(index, Tuple) and index.cls is list:
            index = lo.temporary("k", lo.apply(node, np.array, [index]), node)
        index = settled_index(lo, index, node)
        before = len(lo.out)
        value = lo.expr(node.value)
        old = lo.getitem(node, base, index)
        if len(lo.out) > before:
            old_name = [old]
            lo.pin(old_name, before, node)
            old = old_name[0]
        if isinstance(base.kind, ListOf) and isinstance(old.kind, Array):
            element = lo.temporary("t", old, node)
            lo.out.append(Store(element, WHOLE, lo.apply(node, fn, [element, value]), span=lo.span(node)))
            return
        store(lo, node, base, index, lo.apply(node, fn, [old, value]))
        return
    if not isinstance(node.target, ast.Name):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "use a variable or an array element")
    augment_name(lo, node, node.target, fn)


def augment_name(lo: Lowering, node: ast.AugAssign, target: ast.Name, fn: object) -> None:
    left = lo.expr_Name(target)
    before = len(lo.out)
    value = lo.expr(node.value)
    if isinstance(left, Tuple):
        lo.bind(
            target.id,
            lo.tuple_operator(ast.copy_location(ast.BinOp(target, node.op, node.value), node), fn, left, value),
            node,
        )
    elif isinstance(left.kind, ListOf):
        raise lo.refuse(node, "`+=` on a list is not differentiated", "use append")
    elif isinstance(left.kind, Array):
        whole = lo.apply(node, fn, [left, value])
        if isinstance(whole.kind, Array) and whole.kind.ndim > left.kind.ndim:
            raise lo.refuse(node, f"`{ast.unparse(node)}` does not fit into `{target.id}`", "NumPy would raise here")
        lo.out.append(Store(left, WHOLE, whole, span=lo.span(node)))
    else:
        if any(left.id in _bound(s) for s in lo.out[before:] if isinstance(left, Name)):
            raise lo.refuse(node, f"`{target.id}` changes while it is updated", "write the steps apart")
        lo.bind(target.id, lo.apply(node, fn, [left, value]), node)


def _bound(stmt: object) -> tuple[str, ...]:
    from zygote_nb.ir.walk import bound

    return bound(stmt)  # type: ignore[arg-type]


__all__ = ["WHOLE", "assign_to", "augment", "names", "store"]
