"""Arrays of which each iteration of a loop uses a row of its own, as one row, which stays in the cache."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator

import numpy as np

from zygote_nb.backend.contraction import allocations, shape_of, used, used_in
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Expr, For, Name, Stmt, Store, Tuple, is_getitem
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind
from zygote_nb.ir.walk import all_bound, blocks, expressions, map_expressions, rebuild, statements, with_blocks
from zygote_nb.ir.walk import subexpressions as below


def with_rows(function: Generated, indices: frozenset[str]) -> Generated:
    """The function, in which the variables ``indices`` are those of loops for array statements."""
    body = (*function.forward, *function.backward)
    made = allocations(function)
    uses = Counter(n for s in statements(body) for n in used(s))
    uses.update(n for r in function.results for n in used_in(r))
    found = frozenset(name for b in every_block(body) for name in in_rows(b, made, uses, indices))
    if not found:
        return function
    writer = Rows(found, {n: made[n] for n in found})
    return replace(function, forward=writer.block(function.forward), backward=writer.block(function.backward))


def every_block(body: Block) -> Iterator[Block]:
    yield body
    for stmt in statements(body):
        yield from blocks(stmt)


def in_rows(
    block: Block, made: dict[str, tuple[Expr, ...]], uses: Counter[str], indices: frozenset[str]
) -> Iterator[str]:
    """New arrays that one loop of the block they are made in comes to, always in the row of the iteration."""
    new: set[str] = set()
    for stmt in block:
        if isinstance(stmt, Assign) and stmt.target in made and len(made[stmt.target]) > 1:
            new.add(stmt.target)
        if isinstance(stmt, For) and stmt.var in indices and stmt.var not in all_bound(stmt.body):
            here = Counter(n for s in statements(stmt.body) for n in used(s))
            rows = Counter(n for s in statements(stmt.body) for n in rows_used(s, stmt.var))
            yield from (n for n in new if here[n] and here[n] == uses[n] == rows[n])


def rows_used(stmt: Stmt, var: str) -> Iterator[str]:
    """The arrays of which the statement reads or writes an element that is in the row ``var``, each time it does."""
    match stmt:
        case Store(base=Name(id) as base, index=index) if is_in_row(base.kind, index, var):
            yield id
        case Accumulate(target=id, base=None | Name(), index=index) if index is not None:
            if is_in_row(stmt.kind, index, var):
                yield id
    elements = (e for whole in expressions(stmt) for e in below(whole) if isinstance(e, Apply) and is_getitem(e))
    for e in elements:
        if isinstance(e.args[0], Name) and is_in_row(e.args[0].kind, e.args[1], var):
            yield e.args[0].id


def is_in_row(kind: Kind, index: Expr, var: str) -> bool:
    """Whether the index is one of integers for all axes, the first of which is the variable."""
    if not isinstance(index, Tuple) or not isinstance(kind, Array) or len(index.items) != kind.ndim:
        return False
    integers = all(getattr(i.kind, "dtype", "") == "int64" for i in index.items)
    return integers and kind.ndim > 1 and index.items[0] == Name(var)


def without_first(index: Expr) -> Expr:
    assert isinstance(index, Tuple)
    return index.items[1] if len(index.items) == 2 else replace(index, items=index.items[1:])


@dataclass(frozen=True, slots=True)
class Rows:
    """Writes rows in the place of the ``arrays``, for whose lengths there are ``shapes``."""

    arrays: frozenset[str]
    shapes: dict[str, tuple[Expr, ...]]

    def block(self, block: Block) -> Block:
        return tuple(map(self.statement, block))

    def statement(self, stmt: Stmt) -> Stmt:
        new = map_expressions(stmt, self.changed)
        match new:
            case Assign(target, Apply(fn=np.empty, args=(Tuple() as shape, *dtype)) as made) if target in self.arrays:
                left = replace(shape, items=shape.items[1:])
                new = replace(new, value=replace(made, args=(left, *dtype)))
            case Store(base=Name(id) as base) if id in self.arrays:
                new = replace(new, base=self.row(base), index=without_first(new.index))
            case Accumulate(target=id, index=index, kind=Array() as kind) if id in self.arrays and index is not None:
                base = self.row(new.base) if isinstance(new.base, Name) else None
                new = replace(new, index=without_first(index), base=base, kind=replace(kind, dims=kind.dims[1:]))
        return with_blocks(new, tuple(map(self.block, blocks(stmt))))

    def changed(self, expr: Expr) -> Expr:
        return rebuild(expr, self.renewed)

    def renewed(self, expr: Expr) -> Expr:
        if (array := shape_of(expr)) in self.shapes:
            return self.changed(self.shapes[array][expr.args[1].value])  # type: ignore[index, union-attr]
        if isinstance(expr, Apply) and expr.fn is operator.getitem and isinstance(expr.args[0], Name):
            base = expr.args[0]
            if base.id in self.arrays:
                return replace(expr, args=(self.row(base), without_first(expr.args[1])))
        return expr

    def row(self, base: Name) -> Name:
        assert isinstance(base.kind, Array)
        return replace(base, kind=replace(base.kind, dims=base.kind.dims[1:]))
