"""``zip`` of what can be indexed: as long as the shortest part."""

from __future__ import annotations

import ast
import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.sequences import ENDLESS, Sequence, among, iterated_parts, of_value
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import FALSE, INT_ONE, INT_ZERO, Apply, Const, Expr, If, Raise
from zygote_nb.ir.kinds import INT, Opaque


def all_parts(lo: Lowering, nodes: list[ast.expr]) -> list[Sequence | Obj]:
    """What the arguments of ``zip`` and its like give, from left to right: the items of a display are read at once."""
    parts: list[Sequence | Obj] = []
    for node in nodes:
        before = len(lo.out)
        found = iterated_parts(lo, node)
        for i, part in enumerate(parts):
            if isinstance(part, Sequence) and part.items is not None and part.live is None:
                items = list(part.items)
                lo.keep(items, before, node)
                parts[i] = part if tuple(items) == part.items else of_value(lo, node, lo.tuple_of(items))
        parts += found
    return parts


def zipped(lo: Lowering, node: ast.AST, parts: list[Sequence], strict: bool = False) -> Sequence:
    if any(p.items is not None for p in parts) and all(p.items is not None or p.length is ENDLESS for p in parts):
        return zipped_items(lo, node, parts, strict)
    if any(map(has_words, parts)):
        return zipped_items(lo, node, [first_items(lo, node, p, parts) for p in parts], strict)
    lengths = list(dict.fromkeys(p.length for p in parts if p.length is not ENDLESS))
    length = lengths[0] if lengths else ENDLESS if parts else INT_ZERO
    if len(lengths) > 1 and strict:
        check_equal(lo, node, lengths)
    elif len(lengths) > 1:
        length = lo.temporary("count", Apply(min, tuple(lengths), (), INT), node)
    return Sequence(length, lambda i: make_tuple(tuple(p.item(i) for p in parts), tuple))


def has_words(part: Sequence) -> bool:
    """Whether the items are strings or the like, of which none can be chosen as the program runs."""
    return part.items is not None and any(isinstance(i, Const) and isinstance(i.value, str) for i in part.items)


def first_items(lo: Lowering, node: ast.AST, part: Sequence, others: list[Sequence]) -> Sequence:
    """A part of unknown length beside known items: as many as there are; fewer would change the program."""
    if part.items is not None or part.length is ENDLESS:
        return part
    count = min(len(p.items) for p in others if p.items is not None)
    short = lo.comparison(node, ast.Lt(), part.length, lo.constant(count))
    if short != FALSE:
        message = static(f"this zip is differentiated only where none of its parts has fewer than {count} items")
        error = Apply(ValueError, (message,), (), Opaque("exception"), None, lo.span(node))
        lo.out.append(If(short, (Raise(error, lo.span(node)),), (), lo.span(node)))
    return replace(part, items=tuple(part.item(Const(i, INT)) for i in range(count)))


def zipped_items(lo: Lowering, node: ast.AST, parts: list[Sequence], strict: bool) -> Sequence:
    """``zip`` of what is known item by item, beside what has no end."""
    count = min(len(p.items) for p in parts if p.items is not None)
    if strict and any(p.items is None or len(p.items) != count for p in parts):
        raise lo.raised(node, ValueError, "zip() arguments have different lengths")
    live = next((p.live for p in parts if p.live is not None), None)
    columns = [p.items if p.items is not None else tuple(p.item(Const(i, INT)) for i in range(count)) for p in parts]
    if live is not None:
        held = zip(parts, columns, strict=True)
        columns = [c if p.live is not None else tuple(lo.evaluated(i, node) for i in c) for p, c in held]
    items = tuple(make_tuple(group, tuple) for group in zip(*columns, strict=False))
    return Sequence(Const(len(items), INT), among(lo, node, items), items, live)


def check_equal(lo: Lowering, node: ast.AST, lengths: list[Expr]) -> None:
    for other in lengths[1:]:
        test = lo.comparison(node, ast.NotEq(), lengths[0], other)
        message = static("zip() arguments have different lengths")
        error = Apply(ValueError, (message,), (), Opaque("exception"), None, lo.span(node))
        lo.out.append(If(test, (Raise(error, lo.span(node)),), (), lo.span(node)))


def columns_of(lo: Lowering, node: ast.AST, matrix: Expr) -> Sequence:
    """``zip(*matrix)``: its columns as lists; without rows there are none."""
    from zygote_nb.frontend.comprehensions import listed

    turned = lo.temporary("columns", lo.apply(node, np.transpose, [matrix]), node)
    some = Apply(min, (INT_ONE, lo.length(matrix)), (), INT)
    count = lo.temporary("count", lo.apply(node, operator.mul, [lo.length(turned), some]), node)
    return Sequence(count, lambda i: listed(lo, node, lo.temporary("t", lo.getitem(node, turned, i), node)))
