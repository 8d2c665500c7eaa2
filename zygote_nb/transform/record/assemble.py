"""Assembling the two sweeps: saves in the forward sweep, restores in the backward sweep, and tapes between them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

import numpy as np

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.required import Required, reads_own
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    WHOLE,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Const,
    Effect,
    Expr,
    For,
    If,
    Name,
    Pop,
    Stmt,
    Store,
    While,
    was_caught,
)
from zygote_nb.ir.kinds import Array, Bottom, Kind, ListOf, Opaque
from zygote_nb.ir.walk import all_bound, always_raises, is_step, root, with_blocks
from zygote_nb.runtime import lists
from zygote_nb.transform import algebra
from zygote_nb.transform.record.mirrored import mirrored_loop
from zygote_nb.transform.record.replay import Replay
from zygote_nb.transform.record.shapes import with_shapes_of
from zygote_nb.transform.record.tapes import Tapes
from zygote_nb.transform.reverse.state import Mirror


@dataclass(slots=True)
class Assembler:
    """Builds the forward and the backward sweep of one function.

    ``fixed`` variables are bound once, and ``lasting`` are the parameters among them. ``writes``
    says of callees to which arguments they write.
    """

    memory: Memory
    required: Required
    fresh: Callable[[str], str]
    kinds: dict[str, Kind]
    tapes: Tapes
    replay: bool
    fixed: frozenset[str]
    lasting: tuple[str, ...] = ()
    writes: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def block(self, mirrors: list[Mirror], closing: list[Stmt]) -> tuple[list[Stmt], list[Stmt]]:
        forward: list[Stmt] = []
        backward: list[Stmt] = []
        for m in mirrors:
            f, b = self.mirror(m)
            forward += f
            backward = b + backward
        return forward, backward + closing

    def mirror(self, m: Mirror) -> tuple[list[Stmt], list[Stmt]]:
        match m.stmt:
            case If():
                return self.branch(m, m.stmt)
            case For() | While():
                return self.loop(m, m.stmt)
            case Attempt():
                return self.attempt(m, m.stmt)
        return self.leaf(m)

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name, Opaque())

    def save(self, stem: str, value: Expr) -> tuple[str, Stmt]:
        name = self.fresh(stem)
        self.kinds[name] = value.kind
        self.tapes.saves.add(name)
        return name, Assign(name, value)

    def leaf(self, m: Mirror) -> tuple[list[Stmt], list[Stmt]]:
        saves, restores = self.saves(m)
        first = [s for s in restores if reads_own(m.stmt, s.target)]
        last: list[Stmt] = [s for s in restores if s not in first]
        if id(m) in self.required.undone:
            undo, save_memory = self.put_back(m) if m.overwrites else self.undo(m.stmt)
            saves += save_memory
            (last if isinstance(m.stmt, Pop) else first).extend(undo)
        return [*m.before, *saves, m.stmt, *m.after], [*first, *m.adjoint, *last]

    def undo(self, stmt: Stmt) -> tuple[list[Stmt], list[Stmt]]:
        """Statements that undo a write to memory, and what they need saved."""
        match stmt:
            case Store():
                whole = stmt.index == WHOLE and isinstance(stmt.base.kind, Array) and stmt.base.kind.ndim
                value: Expr = stmt.base if whole else algebra.apply(operator.getitem, stmt.base, stmt.index)
                if isinstance(value.kind, Opaque):
                    value = replace(value, kind=stmt.value.kind)
                if isinstance(value.kind, Array) and isinstance(stmt.base.kind, Array):
                    value = Apply(np.copy, (value,), (), value.kind)
                old, save = self.save(element_stem(stmt), value)
                return [Store(stmt.base, stmt.index, Name(old, value.kind), span=stmt.span)], [save]
            case Append():
                return [Pop((), stmt.base, (), stmt.span)], []
            case Pop():
                return [Append(stmt.base, Name(stmt.targets[0], stmt.kinds[0]), stmt.span)], []
        raise TypeError(stmt)

    def put_back(self, m: Mirror) -> tuple[list[Stmt], list[Stmt]]:
        """The same for memory that a call changes."""
        undo: list[Stmt] = []
        saves: list[Stmt] = []
        for arg in m.overwrites:
            is_list = isinstance(arg.kind, ListOf)
            copied = Apply(lists.remembered if is_list else np.copy, (arg,), (), arg.kind)
            old, save = self.save(f"old_{root(arg)}", copied)
            saves.append(save)
            held = Name(old, arg.kind)
            again = Apply(lists.put_back, (arg, held), (), Opaque())
            undo.append(Effect(again, m.stmt.span) if is_list else Store(arg, WHOLE, held, span=m.stmt.span))
        return undo, saves

    def branch(self, m: Mirror, stmt: If) -> tuple[list[Stmt], list[Stmt]]:
        sweeps = [self.block(b, c) for b, c in zip(m.inner, m.closing, strict=True)]
        if self.tapes.nest:
            sweeps = [self.branch_tape(s, m, i) for i, s in enumerate(sweeps)]
        forward = replace(stmt, body=tuple(sweeps[0][0]), orelse=tuple(sweeps[1][0]))
        backward: list[Stmt] = [*m.opening]
        if sweeps[0][1] or sweeps[1][1]:
            backward = [If(stmt.test, tuple(sweeps[0][1]), tuple(sweeps[1][1]), stmt.span)]
        return [forward], backward

    def attempt(self, m: Mirror, stmt: Attempt) -> tuple[list[Stmt], list[Stmt]]:
        """Backward, the block that ran in the end comes first, and then those steps that happened."""
        saves, restores = self.saves(m)
        steps = [self.step(stmt, step) for step in m.inner[0]]
        others = [self.block(b, c) for b, c in zip(m.inner[1:], m.closing[1:], strict=True)]
        if self.tapes.nest:
            others = [self.branch_tape(s, m, i) for i, s in enumerate(others)]
        forward = [s for f, _ in steps for s in f]
        new = with_blocks(stmt, (tuple(forward), *(tuple(f) for f, _ in others)))
        backward = [s for _, b in reversed(steps) for s in b]
        return [*saves, new], [*chosen(stmt, [tuple(b) for _, b in others]), *backward, *restores]

    def step(self, attempt: Attempt, m: Mirror) -> tuple[list[Stmt], list[Stmt]]:
        """A step keeps nothing on lists: it may break off after it was kept."""
        if not is_step(attempt, m.stmt) or not isinstance(m.stmt, If):
            return self.mirror(m)
        (forward, backward), (_, otherwise) = (self.block(b, c) for b, c in zip(m.inner, m.closing, strict=True))
        again = [If(m.stmt.test, tuple(backward), tuple(otherwise), m.stmt.span)] if backward or otherwise else []
        return [replace(m.stmt, body=tuple(forward))], again

    def saves(self, m: Mirror) -> tuple[list[Stmt], list[Assign]]:
        """What a statement overwrites although it is read again: kept before it, and put back."""
        kept, back = [], []
        for name in sorted(self.required.saved.get(id(m), ())):
            old, save = self.save(f"old_{name}", Name(name, self.kind(name)))
            kept.append(save)
            back.append(Assign(name, Name(old, self.kind(name)), m.stmt.span))
        return kept, back

    def branch_tape(self, sweep: tuple[list[Stmt], list[Stmt]], m: Mirror, i: int) -> tuple[list[Stmt], list[Stmt]]:
        """Inside a loop, what only this branch makes and its mirror reads is kept where it is made."""
        if all(t is not None for t in self.tapes.nest):
            return sweep
        forward, backward = sweep
        own = {n for n in exposed(backward) & all_bound(tuple(forward)) if n in self.tapes.saves and n in self.kinds}
        own = {n for n in own if not isinstance(self.kinds[n], Bottom)}
        if not own:
            return sweep
        return self.tapes.list_tapes(forward, backward, sorted(own))

    def loop(self, m: Mirror, stmt: For | While) -> tuple[list[Stmt], list[Stmt]]:
        outermost = not self.tapes.nest
        self.tapes.nest.append(self.tapes.tape_loop(stmt))
        forward, backward = self.block(m.inner[0], m.closing[0])
        forward, backward = self.bring_back(m, stmt, forward, backward)
        self.tapes.nest.pop()
        pre: list[Stmt] = []
        post: list[Stmt] = []
        for name in sorted(self.required.presaved.get(id(m), ())):
            old, save = self.save(f"old_{name}", Name(name, self.kind(name)))
            pre.append(save)
            post.append(Assign(name, Name(old, self.kind(name)), stmt.span))
        new = replace(stmt, body=tuple(forward))
        sweep = [*pre, new]
        if outermost:
            sweep = [*self.tapes.allocations, *sweep]
            self.tapes.allocations = []
        if not backward:
            return sweep, [*m.opening, *post]
        return sweep, [*m.opening, mirrored_loop(stmt, tuple(backward), m.crossing, self.fresh), *post]

    # What an iteration needs again

    def bring_back(
        self, m: Mirror, stmt: For | While, forward: list[Stmt], backward: list[Stmt]
    ) -> tuple[list[Stmt], list[Stmt]]:
        binds = all_bound(tuple(forward))
        wanted = exposed(backward) & binds
        wanted -= self.required.carried.get(id(m), set())
        if isinstance(stmt, For):
            wanted.discard(stmt.var)
        if self.replay:
            params = [n for n in self.lasting if n not in binds]
            backward = with_shapes_of(backward, wanted, params, self.kinds)
            wanted &= exposed(backward)
        if not wanted:
            return forward, backward
        again: list[Stmt] = []
        if self.replay:
            restored = self.required.restored(m)
            carried = self.required.carried.get(id(m), set())
            plan = Replay(
                self.memory, forward, carried, stmt, self.kinds, restored, self.fixed, self.tapes.saves, self.writes
            )
            again, wanted = plan.choose(wanted)
        forward, backward = self.tapes.keep(forward, [*again, *backward], wanted)
        return forward, backward


def element_stem(stmt: Store) -> str:
    base = stmt.base.id if isinstance(stmt.base, Name) else "element"
    match stmt.index:
        case Const(value=int(i)) if i >= 0:
            return f"old_{base}{i}"
    return f"old_{base}"


def chosen(stmt: Attempt, blocks: list[Block]) -> list[Stmt]:
    """The mirrored block of what ran after the steps: ``orelse``, or a clause that comes back."""
    back = [i for i, clause in enumerate(stmt.clauses, 1) if not always_raises(clause.body)]
    if not back:
        return list(blocks[0])
    *others, last = (0, *back)
    out = blocks[last]
    for number in reversed(others):
        if blocks[number] or out:
            out = (If(was_caught(stmt.caught, number), blocks[number], out, stmt.span),)
    return list(out)
