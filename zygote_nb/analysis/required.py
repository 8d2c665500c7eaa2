"""To be recorded: which values that the backward sweep reads are overwritten before it gets there.

The invariant of the backward sweep: at the mirror of a point of the program, every variable and all memory that an
adjoint of an earlier statement reads holds the value that it had at that point. A value that is overwritten while it
is required is saved before and restored after. What an iteration of a loop makes and reads itself is not restored from
iteration to iteration but brought back at the start of each mirrored iteration.
"""

from __future__ import annotations

from typing import Protocol

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.cost import content_reads
from zygote_nb.analysis.dependence import Dependence
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import Append, Assign, Attempt, Expr, For, If, Name, Pop, Stmt, Store, While
from zygote_nb.ir.kinds import is_memory
from zygote_nb.ir.walk import bound, expressions, is_step, names, read, root


class Mirrored(Protocol):
    """A statement with its adjoint, as the reverse transformation makes it."""

    stmt: Stmt
    before: list[Stmt]
    after: list[Stmt]
    adjoint: list[Stmt]
    overwrites: tuple[Expr, ...]
    closing: list[list[Stmt]]
    opening: list[Stmt]

    @property
    def inner(self) -> list[list[Mirrored]]: ...
    @property
    def is_mirrored(self) -> bool: ...


Need = frozenset[str]
"""Names of variables, and ``memory:<group>`` for the contents of memory."""


@dataclass(slots=True)
class LoopState:
    """While a loop is analysed: what its body binds, and what an iteration has surely bound so far."""

    key: int
    binds: frozenset[str]
    defined: set[str]


@dataclass(slots=True)
class Required:
    """The outcome: by identity of mirrored statements. ``partial`` is memory of which not every store is undone."""

    memory: Memory
    everything: bool = False
    dependence: Dependence | None = None
    partial: set[str] = field(default_factory=set)
    saved: dict[int, set[str]] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    presaved: dict[int, set[str]] = field(default_factory=dict)
    carried: dict[int, set[str]] = field(default_factory=dict)
    loops: list[LoopState] = field(default_factory=list)
    at_end: dict[int, Need] = field(default_factory=dict)
    changed: bool = False

    def run(self, mirrors: list[Mirrored], start: Need, end: list[Stmt]) -> None:
        """Analyse a function; ``end`` is what the backward sweep begins with."""
        while True:
            self.changed = False
            out = self.block(mirrors, start)
            del out
            wanted, memory = self.demands(end)
            self.final = wanted | memory
            if not self.changed:
                return

    final: Need = frozenset()

    def is_free(self, m: Mirrored) -> bool:
        """Whether a store is not undone because no adjoint before it reads what it overwrites."""
        if self.everything or self.dependence is None or not self.dependence.is_free(m):
            return False
        self.partial.add(self.key(root(m.stmt.base) or ""))  # type: ignore[union-attr]
        return True

    def restored(self, m: Mirrored) -> Need:
        """What is as it was at the end of an iteration, when the mirrored one begins."""
        return self.at_end.get(id(m), frozenset()) - self.partial

    def demands(self, stmts: list[Stmt]) -> tuple[Need, Need]:
        """Variables, and memory, that statements of the backward sweep read before they bind them."""
        wanted: set[str] = set()
        memory: set[str] = set()
        known: set[str] = set()
        for stmt in stmts:
            wanted |= read(stmt) - known
            for expr in expressions(stmt):
                memory |= self.contents(expr, known)
            known |= set(bound(stmt))
        return frozenset(wanted), frozenset(memory)

    def contents(self, expr: Expr, known: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
        kinds = self.memory.kinds
        return {self.key(n) for n in content_reads(expr) - known if n in kinds and is_memory(kinds[n])}

    def key(self, name: str) -> str:
        return f"memory:{self.memory.group(name)}"

    # Marks only grow, so that the analysis can be repeated until nothing changes.

    def mark(self, where: dict[int, set[str]], key: int, names_: set[str]) -> None:
        known = where.setdefault(key, set())
        if not names_ <= known:
            known |= names_
            self.changed = True

    def demand(self, wanted: Need) -> None:
        for loop in self.loops:
            self.mark(self.carried, loop.key, {n for n in wanted if n in loop.binds and n not in loop.defined})

    def define(self, names_: tuple[str, ...]) -> None:
        for loop in self.loops:
            loop.defined.update(names_)

    def block(self, mirrors: list[Mirrored], need: Need) -> Need:
        for m in mirrors:
            match m.stmt:
                case If():
                    need = self.branch(m, need)
                case For() | While():
                    need = self.loop(m, need)
                case Attempt():
                    need = self.attempt(m, need)
                case _:
                    need = self.leaf(m, need)
        return need

    def leaf(self, m: Mirrored, need: Need) -> Need:
        wanted, memory = self.demands(m.adjoint)
        binds = tuple(n for s in (*m.before, m.stmt, *m.after) for n in bound(s))
        after = {n for n in wanted if n in binds and not reads_own(m.stmt, n)}
        before = set(wanted) - after
        overwritten = {
            n for n in binds if n in need or n in before or (self.everything and self.loops and is_old(m, n))
        }
        self.mark(self.saved, id(m), overwritten)
        self.undo(m, need, memory, before, after)
        self.demand(frozenset(before))
        self.define(binds)
        self.demand(frozenset(after))
        return ((need | before) - set(binds)) | after | memory

    def undo(self, m: Mirrored, need: Need, memory: Need, before: set[str], after: set[str]) -> None:
        """Whether a write to memory must be undone on the way back."""
        stmt = m.stmt
        if m.overwrites:
            self.put_back(m, need | memory, before)
        base = root(stmt.base) if isinstance(stmt, Store) else stmt.base if isinstance(stmt, (Append, Pop)) else None
        if base is None:
            return
        key = self.key(base)
        if not (key in need or key in memory or self.everything or id(m) in self.undone):
            return
        if self.is_free(m):
            return
        if id(m) not in self.undone:
            self.undone.add(id(m))
            self.changed = True
        before.add(base)
        match stmt:
            case Store():
                before |= names(stmt.index) | names(stmt.base)
            case Pop():
                after |= set(stmt.targets)

    def put_back(self, m: Mirrored, need: Need, before: set[str]) -> None:
        """Whether memory that a call changes is read as it was before."""
        keys = {self.key(root(a) or "") for a in m.overwrites}
        if not (keys & need or self.everything or id(m) in self.undone):
            return
        if id(m) not in self.undone:
            self.undone.add(id(m))
            self.changed = True
        before |= set().union(*map(names, m.overwrites))

    def branch(self, m: Mirrored, need: Need) -> Need:
        assert isinstance(m.stmt, If)
        extra: Need = frozenset()
        if m.is_mirrored or self.any_saved(m.inner):
            extra = frozenset(names(m.stmt.test)) | self.contents(m.stmt.test)
            self.demand(frozenset(names(m.stmt.test)))
        entry = self.defined()
        return self.alternatives(m.inner, m.closing, need | extra, [entry for _ in m.inner])

    def defined(self) -> list[set[str]]:
        return [set(loop.defined) for loop in self.loops]

    def alternatives(
        self, inner: list[list[Mirrored]], closing: list[list[Stmt]], need: Need, entries: list[list[set[str]]]
    ) -> Need:
        """Blocks of which one runs; ``entries`` says what is defined before each."""
        out: Need = frozenset()
        ends: list[list[set[str]]] = []
        for block, end, entry in zip(inner, closing, entries, strict=True):
            for loop, known in zip(self.loops, entry, strict=True):
                loop.defined = set(known)
            out |= self.block(block, need | self.at_start(end))
            ends.append(self.defined())
        for loop, *known_ in zip(self.loops, *ends, strict=True):
            loop.defined = set.intersection(*known_)
        return out

    def attempt(self, m: Mirrored, need: Need) -> Need:
        """How it went is bound first; then come the steps, which are branches, and one of the other blocks."""
        assert isinstance(m.stmt, Attempt)
        own = bound(m.stmt)
        self.mark(self.saved, id(m), set(need.intersection(own)))
        self.define(own)
        asked: Need = frozenset()
        if m.is_mirrored or self.any_saved(m.inner):
            asked = frozenset((m.stmt.caught, m.stmt.done))
        entry = self.defined()
        need = self.steps(m, (need - set(own)) | asked)
        return self.alternatives(m.inner[1:], m.closing[1:], need, [self.defined(), *(entry for _ in m.inner[2:])])

    def steps(self, m: Mirrored, need: Need) -> Need:
        """Each step may be the last that happened."""
        assert isinstance(m.stmt, Attempt)
        for step in m.inner[0]:
            if is_step(m.stmt, step.stmt):
                need |= self.at_start(step.closing[1])
                need |= self.block(step.inner[0], need | self.at_start(step.closing[0]))
            else:
                need = self.block([step], need)
        return need

    def at_start(self, closing: list[Stmt]) -> Need:
        """What the end of a mirrored block reads: values at the start of the block."""
        wanted, memory = self.demands(closing)
        self.demand(wanted)
        return wanted | memory

    def any_saved(self, inner: list[list[Mirrored]]) -> bool:
        return any(
            self.saved.get(id(m)) or id(m) in self.undone or self.presaved.get(id(m)) or self.any_saved(m.inner)
            for block in inner
            for m in block
        )

    def loop(self, m: Mirrored, need: Need) -> Need:
        stmt = m.stmt
        assert isinstance(stmt, (For, While))
        mirrored = m.is_mirrored or self.any_saved(m.inner)
        bounds: Need = frozenset()
        if isinstance(stmt, For) and mirrored:
            ends = (stmt.start, stmt.stop, stmt.step)
            self.demand(frozenset().union(*map(names, ends)))
            bounds = frozenset().union(*map(names, ends), *map(self.contents, ends))
        binds = frozenset(body_binds(m)) - ({stmt.var} if isinstance(stmt, For) else set())
        key = id(m)
        self.carried.setdefault(key, set())
        end = need
        head = need
        while True:
            self.loops.append(LoopState(key, binds, {stmt.var} if isinstance(stmt, For) else set()))
            carried = set(self.carried[key])
            overwritten = {n for n in need if n in binds and n not in carried}
            self.mark(self.presaved, key, overwritten)
            head = (need - overwritten) | bounds | self.at_start(m.closing[0])
            head |= {n for n in end if n not in binds or n in carried}
            end = self.block(m.inner[0], head)
            self.loops.pop()
            self.at_end[key] = end
            grown = {n for n in end if n not in binds or n in self.carried[key]} - head
            if not grown and carried == self.carried[key]:
                break
        opening, memory = self.demands(m.opening)
        after = opening | memory
        if mirrored and stmt.count is not None:
            after |= {stmt.count}
        self.demand(after)
        return head | end | after


def is_old(m: Mirrored, name: str) -> bool:
    """With everything recorded: whether the value before an update is worth saving, because the update reads it."""
    return isinstance(m.stmt, Assign) and name == m.stmt.target and name in names(m.stmt.value)


def reads_own(stmt: Stmt, name: str) -> bool:
    """Whether the statement that binds a variable reads its old value; an adjoint then means that one."""
    return isinstance(stmt, Assign) and stmt.target == name and name in names(stmt.value)


def body_binds(m: Mirrored) -> set[str]:
    """Everything that the forward sweep binds inside a compound statement."""
    found: set[str] = set()
    for block in m.inner:
        for inner in block:
            for stmt in (*inner.before, inner.stmt, *inner.after):
                found.update(bound(stmt))
            found |= body_binds(inner)
    return found


__all__ = ["LoopState", "Name", "Required", "body_binds", "reads_own"]
