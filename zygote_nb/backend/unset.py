"""Variables that may be read before they are set, as they are compiled: Numba would read zero.

Each gets a flag beside it, which every binding sets. Where it is read unset the compiled code raises, and the
interpreter runs instead, which raises as the plain call does.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from zygote_nb.analysis.exposed import collect_exposed
from zygote_nb.backend.recursion import of_kind
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import FALSE, TRUE, Apply, Assign, Block, Const, Effect, Expr, For, If, Name, Raise, Stmt
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, Kind, Opaque, Scalar
from zygote_nb.ir.walk import all_bound, all_read, blocks, bound, names, read, statements, with_blocks
from zygote_nb.runtime import indexing


def with_flags(f: Generated) -> Generated:
    """The function with a flag for each of the variables that may be read before it is set."""
    body = (*f.forward, *f.backward)
    waiting = {s.target for s in statements(body) if is_unset(s)}  # type: ignore[union-attr]
    waiting |= {n for s in statements(body) if is_required(s) for n in read(s)}
    read_early = early(f) - waiting
    if not waiting and not read_early:
        return f
    taken = {*f.params, *all_bound(body), *all_read(body)}
    flags = {name: fresh(f"{name}_is_set", taken) for name in sorted(waiting | read_early)}
    flagged = Flagged(flags, frozenset(read_early), {n: kind_of(n, body) for n in waiting})
    opening = tuple(Assign(flag, TRUE if name in f.params else FALSE) for name, flag in flags.items())
    opening += tuple(numbers_at_first(sorted(read_early - set(f.params)), body))
    ending = tuple(flagged.checks({n for r in f.results for n in names(r)}))
    forward, backward = flagged.block(f.forward), flagged.block(f.backward)
    if f.backward:
        return replace(f, forward=(*opening, *forward), backward=(*backward, *ending))
    return replace(f, forward=(*opening, *forward, *ending))


def asks(f: Generated) -> bool:
    """Whether the function asks, as it runs, if a variable is set."""
    return any(map(is_required, statements((*f.forward, *f.backward))))


def is_unset(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and isinstance(stmt.value, Const) and stmt.value.value is indexing.UNSET


def is_required(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and isinstance(stmt.value, Apply) and stmt.value.fn is indexing.require


def early(f: Generated) -> set[str]:
    """What some path reads before any path surely bound it."""
    found: set[str] = set()
    known = collect_exposed((*f.forward, *f.backward), set(f.params), found)
    for result in f.results:
        found |= names(result) - known
    return found - set(f.params)


def fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def numbers_at_first(early: list[str], body: Block) -> Iterator[Stmt]:
    """Numba wants some variables of loops to be defined where the first iteration begins; numbers are zero there."""
    for name in early:
        kind = kind_of(name, body)
        if isinstance(kind, Scalar):
            yield Assign(name, of_kind(kind))


def kind_of(name: str, body: Block) -> Kind:
    """The kind of what a variable is bound to."""
    for stmt in statements(body):
        if isinstance(stmt, Assign) and stmt.target == name and not is_unset(stmt):
            return stmt.value.kind
        if name in bound(stmt) and hasattr(stmt, "kinds") and hasattr(stmt, "targets"):
            return dict(zip(stmt.targets, stmt.kinds, strict=False)).get(name, Opaque())
    return Opaque()


@dataclass(frozen=True, slots=True)
class Flagged:
    """Variables with their flags; those that are ``checked`` are so wherever they are read."""

    flags: dict[str, str]
    checked: frozenset[str]
    kinds: dict[str, Kind]

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.stmt(stmt))

    def stmt(self, stmt: Stmt) -> Iterator[Stmt]:
        if is_required(stmt):
            yield from (self.check(n) for n in sorted(read(stmt)))
            return
        if is_unset(stmt):
            assert isinstance(stmt, Assign)
            yield replace(stmt, value=of_kind(self.kinds[stmt.target]))
            return
        yield from self.checks(read(stmt))
        new = with_blocks(stmt, tuple(map(self.block, blocks(stmt))))
        now_set = [Assign(self.flags[n], TRUE) for n in bound(stmt) if n in self.flags]
        if isinstance(new, For) and new.var in self.flags:
            yield replace(new, body=(*now_set, *new.body))
            return
        yield new
        yield from now_set

    def checks(self, found: set[str]) -> Iterator[Stmt]:
        return (self.check(n) for n in sorted(found & self.checked))

    def check(self, name: str) -> Stmt:
        """Numba compiles no UnboundLocalError; whatever is raised leads to the interpreter."""
        missing: Expr = Apply(operator.not_, (Name(self.flags[name], BOOL),), (), BOOL)
        error: Any = Const(RuntimeError, Opaque("exception"))
        return If(missing, (Raise(error),))
