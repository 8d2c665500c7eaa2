"""Which stores into memory need not be undone: those whose element no adjoint of an earlier step reads.

A store and a read are compared iteration by iteration. Indices and the bounds of the loops around them are linear forms
of loop variables and of variables that never change; where an index is anything else, the two may meet. Of memory that
each iteration makes anew, different iterations have different elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.iterations import (
    Index,
    Iteration,
    Loops,
    later,
    parts_of,
    parts_read,
    same_iteration,
    same_place,
)
from zygote_nb.analysis.linear import possible
from zygote_nb.analysis.ownership import makes_anew
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import For, If, Name, Stmt, Store, While
from zygote_nb.ir.kinds import is_memory
from zygote_nb.ir.walk import expressions, statements

if TYPE_CHECKING:
    from zygote_nb.analysis.required import Mirrored


@dataclass(frozen=True, slots=True)
class Read:
    """An adjoint reads memory: a part, or who knows what (``index`` is None). ``order`` is its place in the text."""

    base: str
    index: Index | None
    loops: Loops
    order: int


@dataclass(slots=True)
class Dependence:
    """All that the adjoints of a function read of its memory, and where its stores are.

    ``fixed`` variables keep their value, and groups in ``whole`` are put back as they were when the function began.
    """

    memory: Memory
    fixed: frozenset[str]
    whole: frozenset[str]
    reads: dict[str, list[Read]] = field(default_factory=dict)
    places: dict[int, tuple[Loops, int]] = field(default_factory=dict)
    found: dict[int, bool] = field(default_factory=dict)
    anew: dict[tuple[str, int], bool] = field(default_factory=dict)
    count: int = 0

    def collect(self, mirrors: list[Mirrored], loops: Loops = ()) -> None:
        for m in mirrors:
            self.count += 1
            stmt = m.stmt
            inner = (*loops, stmt) if isinstance(stmt, For | While) else loops
            self.places[id(m)] = loops, self.count
            if isinstance(stmt, If | For):
                self.note_own(stmt, loops)
            self.note(m.adjoint, loops)
            for closing in m.closing:
                self.note(closing, inner)
            for block in m.inner:
                self.collect(block, inner)
            self.count += 1
            self.note(m.opening, loops)

    def note(self, stmts: list[Stmt], loops: Loops) -> None:
        below = list(statements(tuple(stmts)))
        plain = not any(isinstance(s, For | While) for s in below)
        for stmt in below:
            self.note_own(stmt, loops, plain)

    def note_own(self, stmt: Stmt, loops: Loops, plain: bool = True) -> None:
        for expr in expressions(stmt):
            for base, index in parts_read(expr):
                if base in self.memory.kinds and is_memory(self.memory.kinds[base]):
                    read = Read(base, index if plain else None, loops, self.count)
                    self.reads.setdefault(self.memory.group(base), []).append(read)

    def is_free(self, m: Mirrored) -> bool:
        """Whether no adjoint reads what the store overwrites at a step that came before it."""
        if id(m) not in self.found:
            self.found[id(m)] = isinstance(m.stmt, Store) and self.is_apart(m.stmt, *self.places[id(m)])
        return self.found[id(m)]

    def is_apart(self, store: Store, loops: Loops, order: int) -> bool:
        if not isinstance(store.base, Name) or store.add:
            return False
        group = self.memory.group(store.base.id)
        index = parts_of(store.index)
        if f"memory:{group}" in self.whole or index is None:
            return False
        return not any(self.meets(store.base.id, index, loops, order, r) for r in self.reads.get(group, ()))

    def meets(self, base: str, index: Index, loops: Loops, order: int, read: Read) -> bool:
        """Whether the read may come to the element before the store does, or with it."""
        shared = 0
        while shared < min(len(loops), len(read.loops)) and loops[shared] is read.loops[shared]:
            shared += 1
        store_at = Iteration("store", loops, self.fixed.__contains__)
        read_at = Iteration("read", read.loops, self.fixed.__contains__)
        forms = [*store_at.bounds(), *read_at.bounds()]
        if read.base == base and read.index is not None:
            forms += same_place(store_at, index, read_at, read.index)
        own = self.own(self.memory.group(base), loops[:shared])
        for loop in loops[:shared]:
            if loop not in own and possible([*forms, *later(loop, store_at, read_at)]):
                return True
            forms += same_iteration(loop, store_at, read_at)
        return read.order <= order and possible(forms)

    def own(self, group: str, loops: Loops) -> Loops:
        """The loops of which each iteration has its own memory: one that makes it anew, and those around that one."""
        if group in {self.memory.group(c) for c in self.memory.contained}:
            return ()
        for count in range(len(loops), 0, -1):
            loop = loops[count - 1]
            key = group, id(loop)
            if key not in self.anew:
                self.anew[key] = makes_anew(loop, frozenset(self.memory.members(group)))
            if self.anew[key]:
                return loops[:count]
        return ()
