"""Variables that are another variable under a second name."""

from __future__ import annotations

from collections import Counter
from operator import is_

import numpy as np

from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Accumulate, Append, Apply, Assign, Block, Expr, For, Name, Pop, Stmt, While
from zygote_nb.ir.kinds import ListOf
from zygote_nb.ir.walk import blocks, bound, map_expressions, names, rebuild, statements, with_blocks
from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.transform.simplify.temporaries import adjoints_are_named


def propagate_copies(block: Block, results: tuple[Expr, ...], params: set[str]) -> tuple[Block, tuple[Expr, ...]]:
    """A variable bound once, to another that is never rebound, is that other one, unless it is read before that."""
    early = exposed(block)
    counts = Counter(n for s in statements(block) for n in bound(s))
    accumulated = {s.target for s in statements(block) if isinstance(s, Accumulate)}
    values: dict[str, Expr] = {}
    for stmt in statements(block):
        if (
            not isinstance(stmt, Assign)
            or counts[stmt.target] != 1
            or stmt.target in params
            or stmt.target in early
            or stmt.target in accumulated
            or (stmt.target.startswith("d_") and adjoints_are_named())
        ):
            continue
        value = stmt.value
        if isinstance(value, Name) and steady(value.id, counts, params) and value.id not in accumulated:
            values[stmt.target] = values.get(value.id, value)
    if not values:
        return block, results
    values = {k: resolve(v, values) for k, v in values.items()}
    return substituted(block, values), tuple(under_its_name(r, values) for r in results)


def without_spare_copies(block: Block) -> Block:
    """Copies that only hold what the same expression makes a new array of are not made."""
    changed = (map_expressions(s, lambda e: rebuild(e, read_where_it_lies)) for s in block)
    return tuple(with_blocks(s, tuple(map(without_spare_copies, blocks(s)))) for s in changed)


def read_where_it_lies(expr: Expr) -> Expr:
    if not isinstance(expr, Apply) or not is_fresh(expr):
        return expr
    args = tuple(map(fitted_where_it_lies, expr.args))
    return expr if all(map(is_, args, expr.args)) else replace(expr, args=args)


def fitted_where_it_lies(arg: Expr) -> Expr:
    match arg:
        case Apply(fn=fn, args=(Apply(fn=copy, args=(original,)), like)) if fn is unbroadcast and copy is np.copy:
            return replace(arg, args=(original, like))
    return arg


def under_its_name(expr: Expr, values: dict[str, Expr]) -> Expr:
    """The expression with its copies replaced; of a list, more is known where it is read than where it was made."""
    if not values or values.keys().isdisjoint(names(expr)):
        return expr
    return rebuild(expr, lambda e: original(e, values) if isinstance(e, Name) else e)


def original(name: Name, values: dict[str, Expr]) -> Expr:
    value = values.get(name.id, name)
    return replace(value, kind=name.kind) if isinstance(name.kind, ListOf) and isinstance(value, Name) else value


def resolve(value: Expr, values: dict[str, Expr]) -> Expr:
    while isinstance(value, Name) and value.id in values:
        value = values[value.id]
    return value


def steady(name: str, counts: Counter[str], params: set[str]) -> bool:
    return counts[name] == (0 if name in params else 1)


def substituted(block: Block, values: dict[str, Expr]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and stmt.target in values:
            continue
        stmt = map_expressions(stmt, lambda e: under_its_name(e, values))
        stmt = renamed_bases(stmt, values)
        out.append(with_blocks(stmt, tuple(substituted(b, values) for b in blocks(stmt))))
    return tuple(out)


def renamed_bases(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    """Lists and adjoints that a statement names without an expression."""
    match stmt:
        case Append() | Pop() if isinstance(values.get(stmt.base), Name):
            return replace(stmt, base=values[stmt.base].id)  # type: ignore[union-attr]
        case For() | While() if stmt.count is not None and isinstance(values.get(stmt.count), Name):
            return replace(stmt, count=values[stmt.count].id)  # type: ignore[union-attr]
    return stmt
