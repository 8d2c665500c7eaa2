"""Computing again, at the start of a mirrored iteration, what is cheap and follows from what is there or kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.cost import ARRAY_LIMIT, SCALAR_LIMIT, content_reads, cost, own_cost
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    Append,
    Apply,
    Assign,
    Attempt,
    Effect,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.kinds import Array, Kind, Scalar, is_memory
from zygote_nb.ir.walk import (
    all_bound,
    blocks,
    bound,
    breaks,
    names,
    read,
    rebuild,
    root,
    statements,
    subexpressions,
)
from zygote_nb.transform.places import apart, lower_bounds


class Unavailable(Exception):
    """A value can't be computed again at the start of the mirrored iteration."""


class Replay:
    """Chooses, for one loop body, which variables to compute again.

    At the start of a mirrored iteration the memory and the carried variables that the backward sweep restores
    (``restored``) are as they were at the end of that iteration; what the iteration overwrote is read from what was
    saved of it. ``fixed`` variables are never overwritten; ``saves`` are the names under which something is saved.
    ``writes`` says of calls, by the name of the callee, at which positions they write to arguments.
    """

    def __init__(
        self, memory: Memory, forward: list[Stmt], carried: set[str], loop: For | While, kinds: dict[str, Kind],
        restored: frozenset[str], fixed: frozenset[str], saves: set[str], writes: Mapping[str, frozenset[int]],
    ) -> None:  # fmt: skip
        self.writes = writes
        self.memory, self.forward, self.kinds, self.saves = memory, forward, kinds, saves
        self.restored, self.fixed = restored, fixed | ({loop.var} if isinstance(loop, For) else set())
        self.binds = all_bound(tuple(forward))
        self.carried = carried
        self.ranges = lower_bounds(loop, {}) if isinstance(loop, For) else {}
        self.saved = {
            s.target: s.value
            for s in forward
            if isinstance(s, Assign) and s.target in saves and isinstance(s.value, Apply | Name)
        }

        self.known: dict[int, set[str]] = {}
        note_bound(forward, set(), self.known)
        self.order = {id(s): i for i, s in enumerate(statements(tuple(forward)))}

    def is_old(self, name: str, stmt: Stmt) -> bool:
        """Whether the statement reads the value that the variable had when the iteration began."""
        return name in self.binds and name not in self.known[id(stmt)]

    def is_bound_after(self, name: str, stmt: Stmt) -> bool:
        """Whether what is kept of the variable, its last value, may be another one than the statement reads."""
        return any(self.order[id(s)] > self.order[id(stmt)] for s in self.definitions(name))

    def choose(self, wanted: set[str]) -> tuple[list[Stmt], set[str]]:
        """The statements to run again, and the variables that must be kept."""
        filled = {n: f for n in sorted(wanted) if (f := filled_again(self, n))}
        if filled:
            asked = {r for stmts in filled.values() for s in stmts for r in read(s)} & self.binds - filled.keys()
            again, kept = self.chosen((wanted - filled.keys()) | asked)
            return [*again, *(s for stmts in filled.values() for s in stmts)], kept
        return self.chosen(wanted)

    def chosen(self, wanted: set[str]) -> tuple[list[Stmt], set[str]]:
        """The same for numbers."""
        kept = {n for n in wanted if not self.replayable(n)}
        while True:
            failed = None
            used: set[str] = set()
            out: list[Stmt] = []
            for name in sorted(wanted - kept):
                try:
                    used |= self.leaves(name, kept, set())
                except Unavailable:
                    failed = name
                    break
            if failed is None:
                again = wanted - kept
                try:
                    closure = self.closure(again, kept)
                    out = self.slice(closure)
                except Unavailable:
                    return [], wanted
                return out, kept | (used & set(self.saved))
            kept.add(failed)

    def definitions(self, name: str) -> list[Stmt]:
        return [s for s in statements(tuple(self.forward)) if name in bound(s)]

    def replayable(self, name: str) -> bool:
        """Whether every definition is cheap and has no effect, directly in the body or in a branch of it."""
        if name in self.saves or not isinstance(self.kinds.get(name), Scalar):
            return False
        definitions = self.definitions(name)
        reachable = [s for s in level(self.forward) if name in bound(s)]
        return len(reachable) == len(definitions) and all(
            isinstance(s, Assign) and isinstance(s.value.kind, Scalar) and self.is_cheap(s.value) for s in definitions
        )

    def is_cheap(self, value: Expr) -> bool:
        """Few operations, or the same ones in every iteration: these a compiler moves out of the loop."""
        return cost(value) <= SCALAR_LIMIT or (
            not names(value) & self.binds and not any(map(is_getitem, subexpressions(value)))
        )

    def closure(self, again: set[str], kept: set[str]) -> set[str]:
        """Everything that has to be computed again for the variables."""
        todo, found = list(again), set(again)
        while todo:
            for stmt in self.definitions(todo.pop()):
                assert isinstance(stmt, Assign)
                for expr, where in self.reads(stmt):
                    for n in names(self.at(expr, where)):
                        old = self.is_old(n, where) or n in kept or n in self.saved
                        if n in self.binds and n not in found and not old:
                            found.add(n)
                            todo.append(n)
        return found

    def leaves(self, name: str, kept: set[str], seen: set[str]) -> set[str]:
        """The saved values that computing the variable again would read; raises Unavailable."""
        if name in seen or name in kept:
            return set()
        if not self.replayable(name):
            raise Unavailable
        used: set[str] = set()
        for stmt in self.definitions(name):
            assert isinstance(stmt, Assign)
            for expr, where in self.reads(stmt):
                for n in names(self.at(expr, where)):
                    if n in self.saved:
                        used.add(n)
                    elif n in self.binds and not self.is_old(n, where):
                        if n in kept and self.is_bound_after(n, where):
                            raise Unavailable
                        used |= self.leaves(n, kept, seen | {name})
        return used

    def reads(self, stmt: Assign) -> list[tuple[Expr, Stmt]]:
        """The value and the conditions around it, each with the statement that reads it."""
        tests = [t for s in self.forward for t in tests_around(s, stmt)]
        return [(stmt.value, stmt), *tests]

    def at(self, expr: Expr, stmt: Stmt) -> Expr:
        """The expression as it can be evaluated at the start of the mirrored iteration."""

        def change(e: Expr) -> Expr:
            if is_getitem(e) and isinstance(e, Apply) and isinstance(e.kind, Scalar):
                return self.element(e, stmt)
            if isinstance(e, Name) and self.is_old(e.id, stmt):
                return self.scalar(e, stmt)
            return e

        result = rebuild(expr, change)
        for n in names(result):
            inside = n in self.binds and not self.is_old(n, stmt)
            if not inside and n not in self.saved and n not in self.restored and n not in self.fixed:
                raise Unavailable
        for n in content_reads(result):
            if not is_memory(self.kinds.get(n, Scalar("float64"))):
                continue
            if self.memory.is_written(n) and f"memory:{self.memory.group(n)}" not in self.restored:
                raise Unavailable
            if self.is_stored_into(n) and not element_only(result, n):
                raise Unavailable
        return result

    def scalar(self, e: Name, stmt: Stmt) -> Expr:
        """The value that a variable has before the iteration has surely overwritten it: what was saved of it.

        Of an array that is written to, that is the memory, and not what was in it.
        """
        if is_memory(self.kinds.get(e.id, e.kind)) and self.memory.is_written(e.id):
            raise Unavailable
        saves = (s for s in self.forward if isinstance(s, Assign) and s.value == e and s.target in self.saved)
        for save in saves:
            if self.has_same(e.id, save, stmt):
                return Name(save.target, e.kind)
        raise Unavailable

    def has_same(self, name: str, save: Assign, stmt: Stmt) -> bool:
        """Whether the variable can't be bound between the two, whichever comes first."""
        saved, read_at = self.order[id(save)], self.order[id(stmt)]
        bound_at = (self.order[id(s)] for s in self.definitions(name))
        return not any(saved < b < read_at or read_at <= b < saved for b in bound_at)

    def element(self, e: Apply, stmt: Stmt) -> Expr:
        """An element of memory at the statement: untouched since, or saved when it was overwritten."""
        base = root(e)
        if base is None:
            raise Unavailable
        pending: Name | None = None
        for later in self.after(stmt):
            if isinstance(later, Assign) and later.value == e and later.target in self.saved and pending is None:
                pending = Name(later.target, e.kind)
            for store in statements((later,)):
                if isinstance(store, Invoke) and self.memory.is_written(base):
                    raise Unavailable
                if isinstance(store, Append | Pop) and self.memory.group(store.base) == self.memory.group(base):
                    raise Unavailable
                if not isinstance(store, Store) or self.memory.group(root(store.base) or "") != self.memory.group(base):
                    continue
                if store.base == e.args[0] and apart(store.index, e.args[1], self.ranges):
                    continue
                if store is later and store.base == e.args[0] and store.index == e.args[1] and pending is not None:
                    return pending
                raise Unavailable
        return e

    def after(self, stmt: Stmt) -> list[Stmt]:
        """Top-level statements of the body from the one that holds the statement on."""
        for i, top in enumerate(self.forward):
            if any(s is stmt for s in statements((top,))):
                return self.forward[i if not isinstance(top, Assign) else i + 1 :]
        return self.forward

    def is_stored_into(self, name: str) -> bool:
        group = self.memory.group(name)
        stored = {self.memory.group(written) for s in self.forward for written in written_in(s)}
        return self.memory.is_written(name) and group in stored

    def slice(self, wanted: set[str]) -> list[Stmt]:
        """The statements of the body that compute the variables, reading what is available."""
        out: list[Stmt] = []
        for stmt in self.forward:
            out += self.sliced(stmt, wanted)
        return out

    def sliced(self, stmt: Stmt, wanted: set[str]) -> list[Stmt]:
        match stmt:
            case Assign() if stmt.target in wanted:
                return [Assign(stmt.target, self.at(stmt.value, stmt), stmt.span)]
            case If():
                body = tuple(s for inner in stmt.body for s in self.sliced(inner, wanted))
                orelse = tuple(s for inner in stmt.orelse for s in self.sliced(inner, wanted))
                if body or orelse:
                    return [If(self.at(stmt.test, stmt), body, orelse, stmt.span)]
        return []


MAKERS = {np.empty, np.zeros, np.ones, np.empty_like, np.zeros_like, np.ones_like, np.copy, Method("copy")}
MOST = 4
"""How many stores fill an array that is not kept."""


def filled_again(replay: Replay, name: str) -> list[Stmt]:
    """What makes an array of an iteration's own, and fills it with what is there anyway; nothing if it is kept."""
    memory = replay.memory
    if not isinstance(replay.kinds.get(name), Array) or name in replay.saves or len(memory.members(name)) > 1:
        return []
    if memory.group(name) in {memory.group(c) for c in memory.contained} or breaks(tuple(replay.forward)):
        return []
    found = [s for s in replay.forward if name in bound(s) or (isinstance(s, Store) and root(s.base) == name)]
    changed = [s for s in statements(tuple(replay.forward)) if is_changed_by(s, name, replay.writes)]
    if len(found) != len(changed) or not 1 < len(found) <= 1 + MOST:
        return []
    try:
        return [filling(replay, s, name, first=s is found[0]) for s in found]
    except Unavailable:
        return []


def is_changed_by(stmt: Stmt, name: str, writes: Mapping[str, frozenset[int]]) -> bool:
    match stmt:
        case Store():
            return root(stmt.base) == name
        case Invoke():
            positions = writes.get(stmt.callee, frozenset(range(len(stmt.args))))
            return name in stmt.targets or any(name in names(stmt.args[i]) for i in positions if i < len(stmt.args))
        case Effect():
            return name in read(stmt)
    return name in bound(stmt)


def filling(replay: Replay, stmt: Stmt, name: str, first: bool) -> Stmt:
    """The statement as it runs again; raises Unavailable."""
    match stmt:
        case Assign(value=Apply(fn=fn) as value) if first and fn in MAKERS:
            again: Stmt = replace(stmt, value=replay.at(value, stmt))
            operands = value
        case Store(base=Name(), index=index, value=value, add=False) if not first and is_copy(value):
            again = replace(stmt, index=replay.at(index, stmt), value=replay.at(value, stmt))
            operands = Tuple((index, value))
        case _:
            raise Unavailable
    for n in names(operands) & replay.binds:
        if not isinstance(replay.kinds.get(n), Scalar) or replay.is_old(n, stmt) or len(replay.definitions(n)) > 1:
            raise Unavailable
    return again


def is_copy(value: Expr) -> bool:
    """Whether what is stored takes little more than reading it."""
    whole = (e for e in subexpressions(value) if isinstance(e, Apply) and isinstance(e.kind, Array))
    return cost(value) <= SCALAR_LIMIT and sum(map(own_cost, whole)) <= ARRAY_LIMIT


def written_in(stmt: Stmt) -> set[str]:
    """The memory that the statement, and those in it, store into, lengthen or shorten, or let a callee do so."""
    inside = tuple(statements((stmt,)))
    found = {root(s.base) or "" for s in inside if isinstance(s, Store)}
    lists = {s.base for s in inside if isinstance(s, Append | Pop)}
    handed = {root(a) or "" for s in inside if isinstance(s, Invoke) for a in s.args if is_memory(a.kind)}
    return found | lists | handed


def level(block: list[Stmt]) -> list[Stmt]:
    """The statements of a block and of the branches in it, but not of loops."""
    found: list[Stmt] = []
    for stmt in block:
        found.append(stmt)
        if isinstance(stmt, If):
            found += level(list(stmt.body)) + level(list(stmt.orelse))
    return found


def note_bound(block: list[Stmt], known: set[str], at: dict[int, set[str]]) -> set[str]:
    """For each statement, what the iteration has surely bound before it."""
    for stmt in block:
        at[id(stmt)] = set(known)
        match stmt:
            case If():
                known = note_bound(list(stmt.body), set(known), at) & note_bound(list(stmt.orelse), set(known), at)
            case For() | While() | Attempt():
                for inner in blocks(stmt):
                    note_bound(list(inner), known | set(bound(stmt)), at)
        known = known | set(bound(stmt))
    return known


def tests_around(top: Stmt, stmt: Stmt) -> list[tuple[Expr, Stmt]]:
    """The conditions between a statement of the body and one inside it."""
    if not isinstance(top, If) or not any(s is stmt for s in statements((top,))):
        return []
    inner = [t for b in blocks(top) for s in b for t in tests_around(s, stmt)]
    return [(top.test, top), *inner]


def element_only(expr: Expr, name: str) -> bool:
    """Whether the expression reads the memory by single elements only."""
    whole = sum(isinstance(e, Name) and e.id == name for e in subexpressions(expr))
    single = sum(
        is_getitem(e) and isinstance(e, Apply) and isinstance(e.kind, Scalar) and e.args[0] == Name(name)
        for e in subexpressions(expr)
    )
    return whole == single
