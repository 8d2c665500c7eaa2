"""A gradient that runs its backward sweep any number of times after one forward sweep.

A backward sweep takes tapes apart, and puts arrays back as they were before. So each one begins with what the forward
sweep left: lists are copied, arrays that were written to have their contents put back. Where memory is reached through
tapes alone, all of it is copied by ``again``, which compiled code can't.
"""

from __future__ import annotations

import operator
from itertools import zip_longest

from zygote_nb.analysis.alias import alias_map, sharing
from zygote_nb.analysis.exposed import exposed
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    INT_ZERO,
    WHOLE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf, Opaque, Scalar, is_memory
from zygote_nb.ir.walk import all_bound, all_read, expressions, names, root, statements, subexpressions
from zygote_nb.runtime.kept import again

LIST = Opaque("list")


@dataclass(slots=True)
class Repeated:
    """The functions of a module, the last one a generator that yields gradients; ``compiles`` says whether it may."""

    functions: tuple[Generated, ...]
    compiles: bool


def repeated(functions: tuple[Generated, ...], seeds: tuple[Kind, ...]) -> Repeated | None:
    """None where that can't be had: seeds that are lists, or that the forward sweep reads."""
    *others, last = functions
    given = last.params[last.arguments : last.arguments + last.seeds]
    lists = [k for k in seeds if not isinstance(k, Scalar | Array)]
    if not last.backward or not last.results or lists or set(given) & all_read(last.forward):
        return None
    left = Left(last, {f.name: f for f in others})
    opening = [left.seed(name, kind) for name, kind in zip(given, seeds, strict=True)]
    plainly = left.plainly()
    if plainly is not None:
        keep, put_back = plainly
        own = tuple(with_own_lists(f) for f in others)
        return Repeated((*own, left.written(keep, (*put_back, *opening))), True)
    keep, put_back = left.wholly()
    return Repeated((*others, left.written(keep, (*put_back, *opening))), False)


@dataclass(slots=True)
class Left:
    """What the forward sweep of a gradient leaves for the backward sweep."""

    made: Generated
    callees: dict[str, Generated]
    groups: dict[str, set[str]] = field(init=False)
    wanted: list[str] = field(init=False)
    taken: set[str] = field(init=False)
    given: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        body = (*self.made.forward, *self.made.backward)
        self.groups = alias_map(body)
        read = exposed((*self.made.backward, *(Effect(r) for r in self.made.results)))
        self.wanted = sorted(read - set(self.made.params[self.made.arguments :]))
        self.taken = {*self.made.params, *all_bound(body), *all_read(body), *self.callees}

    def fresh(self, stem: str) -> str:
        name = next(n for i in range(len(self.taken) + 1) if (n := f"{stem}{i or ''}") not in self.taken)
        self.taken.add(name)
        return name

    def seed(self, name: str, kind: Kind) -> Stmt:
        """Seeds come in arrays, each time others."""
        self.given.append(self.fresh(f"{name}_given"))
        if isinstance(kind, Array):
            return Assign(name, copy(Name(self.given[-1], kind)))
        entry = Apply(operator.getitem, (Name(self.given[-1], Array(dtype_of(kind), (1,))), INT_ZERO), (), kind)
        real = dtype_of(kind)[0] == "f"
        return Assign(name, Apply(float, (entry,), (), kind) if real else entry)

    def written(self, keep: Block, opening: Block) -> Generated:
        """The generator. A gradient in memory that the next run begins with is handed out as a copy."""
        made, lasting = self.made, all_bound(self.made.forward) | set(self.made.params)
        results = tuple(copy(r) if isinstance(r.kind, Array) and names(r) & lasting else r for r in made.results)
        params = (*made.params[: made.arguments], *self.given)
        forward, backward = (*made.forward, *keep), (*opening, *made.backward)
        return replace(made, params=params, forward=forward, backward=backward, results=results, repeats=True)

    def plainly(self) -> tuple[Block, Block] | None:
        """Statements that keep what is left, and that put it back; None if these can't be told."""
        made, dirty, kinds = self.made, self.dirty(), kinds_of(self.made)
        popped = {s.base for s in statements(made.backward) if isinstance(s, Pop | Append)}
        rebound = all_bound(made.backward)
        if hidden(made) & (dirty | popped) or not all(map(self.is_clean, statements(made.backward))):
            return None
        keep: list[Stmt] = []
        put_back: list[Stmt] = []
        for name in self.wanted:
            kept, kind = f"{name}_kept", kinds.get(name, LIST)
            if name in popped or isinstance(kind, ListOf):
                others = self.groups.get(name, {name}) & set(self.wanted) - {name}
                if others and popped & {name, *others}:
                    return None  # one list under two names, of which each would get a copy of its own
            if name in popped:
                kept = self.fresh(kept)
                keep.append(Assign(kept, Name(name, LIST)))
                put_back.append(Assign(name, copy(Name(kept, LIST))))
            elif isinstance(kind, Scalar) and name in rebound:
                kept = self.fresh(kept)
                keep.append(Assign(kept, Name(name, kind)))
                put_back.append(Assign(name, Name(kept, kind)))
            elif isinstance(kind, Array) and kind.ndim and name in dirty and name not in rebound:
                kept = self.fresh(kept)
                keep.append(Assign(kept, copy(Name(name, kind))))
                put_back.append(Store(Name(name, kind), WHOLE, Name(kept, kind)))
            elif name in rebound or name in dirty or isinstance(kind, ListOf):
                return None
        return tuple(keep), tuple(put_back)

    def wholly(self) -> tuple[Block, Block]:
        """The same for anything."""
        whole = Tuple(tuple(Name(n, Opaque()) for n in self.wanted))
        kept, found = Name(self.fresh("kept"), Opaque()), Name(self.fresh("left"), Opaque())
        parts = [Apply(operator.getitem, (found, Const(i, INT)), (), Opaque()) for i in range(len(self.wanted))]
        put_back = [Assign(n, p) for n, p in zip(self.wanted, parts, strict=True)]
        keep = Assign(kept.id, Apply(again, (whole,), (), Opaque()))
        return (keep,), (Assign(found.id, Apply(again, (kept,), (), Opaque())), *put_back)

    def dirty(self) -> set[str]:
        """The variables whose memory the backward sweep may write to."""
        touched = writes(self.made.backward)
        return touched.union(*(self.groups.get(n, {n}) for n in touched))

    def is_clean(self, stmt: Stmt) -> bool:
        """Whether a backward half only reads what comes on its tape, but for lists that are taken apart."""
        if not isinstance(stmt, Invoke):
            return True
        callee = self.callees[stmt.callee]
        body = (*callee.forward, *callee.backward)
        if any(isinstance(s, Invoke) for s in statements(body)) or takes_lists_apart(callee):
            return False
        if popped_memory(body) & {s.base for s in statements(callee.backward) if isinstance(s, Pop | Append)}:
            return False
        groups, touched = alias_map(body), writes(body)
        tapes = {p for p, a in zip(callee.params, stmt.args, strict=True) if not isinstance(a.kind, Scalar | Array)}
        tapes |= {s.target for s in body if isinstance(s, Assign) and is_of_tape(s.value)} | popped_memory(body)
        return not tapes & touched.union(*(groups.get(n, {n}) for n in touched))


def takes_lists_apart(callee: Generated) -> bool:
    """Whether a backward half changes lists that belong to its caller: a copy of its own would be changed instead."""
    changed = {s.base for s in statements((*callee.forward, *callee.backward)) if isinstance(s, Pop | Append)}
    given = callee.source.function.params if callee.source is not None else ()
    return bool(changed & set(callee.params)) and any(isinstance(p.kind, ListOf) for p in given)


def dtype_of(kind: Kind) -> str:
    return kind.dtype if isinstance(kind, Scalar) else "float64"


def copy(value: Expr) -> Expr:
    return Apply(Method("copy"), (value,), (), value.kind)


def writes(block: Block) -> set[str]:
    """The variables through which a block writes to memory, or lets a callee do so."""
    found: set[str] = set()
    for stmt in statements(block):
        match stmt:
            case Store():
                found.add(root(stmt.base) or "")
            case Accumulate():
                found.add(stmt.target if stmt.base is None else root(stmt.base) or "")
            case Effect(value=Apply(args=args)):
                found.update(n for a in args for n in names(a))
            case Invoke():
                found.update(n for a in stmt.args if is_memory(a.kind) for n in sharing(a))
    return found


def hidden(made: Generated) -> set[str]:
    """The variables whose memory is reached through tapes: it may be another one than a variable holds at the end."""
    found = popped_memory((*made.forward, *made.backward))
    for stmt in statements((*made.forward, *made.backward)):
        if isinstance(stmt, Append):
            found |= sharing(stmt.value)
    for stmt in statements(made.forward):
        if isinstance(stmt, Invoke) and any(isinstance(k, Opaque) for k in stmt.kinds):
            found.update(n for a in stmt.args for n in sharing(a))
    return found


def popped_memory(body: Block) -> set[str]:
    pops = [s for s in statements(body) if isinstance(s, Pop)]
    return {t for s in pops for t, k in zip_longest(s.targets, s.kinds) if t and not isinstance(k, Scalar)}


def kinds_of(made: Generated) -> dict[str, Kind]:
    """The kind of each variable, if it has but one."""
    found: dict[str, Kind] = {}
    whole = (e for s in statements((*made.forward, *made.backward)) for e in expressions(s))
    for e in (e for w in (*whole, *made.results) for e in subexpressions(w)):
        if isinstance(e, Name):
            same = e.id not in found or type(found[e.id]) is type(e.kind)
            found[e.id] = e.kind if same else Opaque("several")
    return found


def is_of_tape(value: Expr) -> bool:
    return isinstance(value, Apply) and value.fn is operator.getitem and isinstance(value.args[0].kind, Opaque)


def with_own_lists(made: Generated) -> Generated:
    """A backward half that copies the lists of its tape before it takes them apart."""
    body = (*made.forward, *made.backward)
    new = {s.target for s in statements(body) if isinstance(s, Assign) and isinstance(s.value, Tuple)}
    popped = {s.base for s in statements(made.backward) if isinstance(s, Pop)} - new
    out: list[Stmt] = [own(name) for name in sorted(popped & set(made.params))]
    for stmt in made.backward:
        out.append(stmt)
        if isinstance(stmt, Assign) and stmt.target in popped and is_of_tape(stmt.value):
            out.append(own(stmt.target))
    return replace(made, backward=tuple(out)) if popped else made


def own(name: str) -> Stmt:
    return Assign(name, copy(Name(name, LIST)))
