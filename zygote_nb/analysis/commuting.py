"""Whether the order of a loop's iterations matters: none reads or overwrites what another one writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal

from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.iterations import Index, Iteration, Loops, later, parts_of, parts_read, same_place
from zygote_nb.analysis.linear import possible
from zygote_nb.ir.core import Accumulate, Assign, Block, Expr, For, If, Name, Stmt, Store
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import all_bound, expressions, root, statements


@dataclass(frozen=True, slots=True)
class Access:
    """What a statement does to a variable, or to a part of an array: what is added up may be added in any order."""

    name: str
    index: Index | None
    does: Literal["reads", "writes", "adds"]
    loops: Loops


def commutes(loop: For, around: Loops, memory_of: Callable[[str], str], read_after: set[str]) -> bool:
    """Whether the iterations may run in any order.

    ``memory_of`` gives variables that may share memory one name; what is in ``read_after`` is read after the loop.
    """
    if not all(is_simple(s) for s in statements(loop.body)):
        return False
    own = {s.target for s in statements(loop.body) if isinstance(s, Assign)}
    own |= {s.var for s in statements(loop.body) if isinstance(s, For)}
    if own & (exposed(loop.body) | read_after):
        return False
    touched = [a for a in accesses(loop.body, (loop,)) if a.name not in own and a.name != loop.var]
    bound = all_bound((loop,))
    return not any(
        memory_of(a.name) == memory_of(b.name) and {a.does, b.does} not in ({"reads"}, {"adds"})
        and (meet(loop, around, bound, a, b) or meet(loop, around, bound, b, a))
        for a, b in combinations_with_replacement(touched, 2)
    )  # fmt: skip


def is_simple(stmt: Stmt) -> bool:
    match stmt:
        case Assign():
            return isinstance(stmt.value.kind, Scalar)
        case Store():
            return not stmt.add and isinstance(stmt.base, Name)
        case Accumulate():
            return stmt.base is None or isinstance(stmt.base, Name)
    return isinstance(stmt, If | For)


def accesses(block: Block, loops: Loops) -> Iterator[Access]:
    for stmt in block:
        match stmt:
            case Store():
                yield Access(root(stmt.base) or "", parts_of(stmt.index), "writes", loops)
                yield from reads((stmt.value, stmt.index), loops)
            case Accumulate():
                name = root(stmt.base) if stmt.base is not None else stmt.target
                index = None if stmt.index is None else parts_of(stmt.index)
                yield Access(name or "", index, "adds", loops)
                yield from reads((stmt.value,) if stmt.index is None else (stmt.value, stmt.index), loops)
            case _:
                yield from reads(expressions(stmt), loops)
        if isinstance(stmt, If):
            yield from accesses(stmt.body, loops)
            yield from accesses(stmt.orelse, loops)
        if isinstance(stmt, For):
            yield from accesses(stmt.body, (*loops, stmt))


def reads(exprs: tuple[Expr, ...], loops: Loops) -> Iterator[Access]:
    for expr in exprs:
        for name, index in parts_read(expr):
            yield Access(name, index, "reads", loops)


def meet(loop: For, around: Loops, bound: set[str], a: Access, b: Access) -> bool:
    """Whether an iteration may come to a place of which an earlier one has done the other."""
    p = Iteration("after", a.loops, lambda n: n not in bound, around)
    q = Iteration("before", b.loops, lambda n: n not in bound, around)
    forms = [*p.bounds(), *q.bounds(), *later(loop, p, q)]
    if a.name == b.name and a.index is not None and b.index is not None:
        forms += same_place(p, a.index, q, b.index)
    return possible(forms)
