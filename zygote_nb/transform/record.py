"""Assembling the two sweeps: saves in the forward sweep, restores in the backward sweep, and tapes between them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.required import Required, body_binds, reads_own
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    NOWHERE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Expr,
    For,
    If,
    Name,
    Pop,
    Span,
    Stmt,
    Store,
    Tuple,
    While,
)
from zygote_nb.ir.kinds import INT, Array, Bottom, Kind, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    blocks,
    bound,
    breaks,
    map_expressions,
    names,
    read,
    statements,
    substitute,
    with_blocks,
)
from zygote_nb.transform import algebra
from zygote_nb.transform.replay import Replay
from zygote_nb.transform.reverse import WHOLE, Mirror, tangent_kind

INDEX = "index of a tape"


@dataclass(frozen=True, slots=True)
class TapeLoop:
    """A loop whose iterations are numbered by an expression, so that what it saves goes into arrays."""

    size: Expr
    index: Expr


@dataclass(slots=True)
class Assembler:
    """Builds the forward and the backward sweep of one function."""

    memory: Memory
    required: Required
    fresh: Callable[[str], str]
    kinds: dict[str, Kind]
    replay: bool = True
    invariant: Callable[[Expr], bool] = lambda e: True
    tapes: list[Assign] = field(default_factory=list)
    allocations: list[Stmt] = field(default_factory=list)
    nest: list[TapeLoop | None] = field(default_factory=list)
    unset: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    fixed: frozenset[str] = frozenset()

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
        return self.leaf(m)

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name, Opaque())

    def save(self, stem: str, value: Expr) -> tuple[str, Stmt]:
        name = self.fresh(stem)
        self.kinds[name] = value.kind
        return name, Assign(name, value)

    def leaf(self, m: Mirror) -> tuple[list[Stmt], list[Stmt]]:
        saves: list[Stmt] = []
        first: list[Stmt] = []
        last: list[Stmt] = []
        span = m.stmt.span
        for name in sorted(self.required.saved.get(id(m), ())):
            old, save = self.save(f"old_{name}", Name(name, self.kind(name)))
            saves.append(save)
            restore = Assign(name, Name(old, self.kind(name)), span)
            (first if reads_own(m.stmt, name) else last).append(restore)
        if id(m) in self.required.undone:
            undo, save_memory = self.undo(m.stmt)
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

    def branch(self, m: Mirror, stmt: If) -> tuple[list[Stmt], list[Stmt]]:
        sweeps = [self.block(b, c) for b, c in zip(m.inner, m.closing, strict=True)]
        if self.nest:
            sweeps = [self.branch_tape(s, m, i) for i, s in enumerate(sweeps)]
        forward = replace(stmt, body=tuple(sweeps[0][0]), orelse=tuple(sweeps[1][0]))
        backward: list[Stmt] = [*m.opening]
        if sweeps[0][1] or sweeps[1][1]:
            backward = [If(stmt.test, tuple(sweeps[0][1]), tuple(sweeps[1][1]), stmt.span)]
        return [forward], backward

    def branch_tape(self, sweep: tuple[list[Stmt], list[Stmt]], m: Mirror, i: int) -> tuple[list[Stmt], list[Stmt]]:
        """Inside a loop, what only this branch makes and its mirror reads is kept where it is made."""
        if all(t is not None for t in self.nest):
            return sweep
        forward, backward = sweep
        own = {n for n in exposed(backward) & all_bound(tuple(forward)) if n.startswith("old_") and n in self.kinds}
        own = {n for n in own if not isinstance(self.kinds[n], Bottom)}
        if not own:
            return sweep
        return self.list_tape(forward, backward, sorted(own))

    def loop(self, m: Mirror, stmt: For | While) -> tuple[list[Stmt], list[Stmt]]:
        outermost = not self.nest
        self.nest.append(self.tape_loop(stmt))
        forward, backward = self.block(m.inner[0], m.closing[0])
        forward, backward = self.bring_back(m, stmt, forward, backward)
        self.nest.pop()
        pre: list[Stmt] = []
        post: list[Stmt] = []
        for name in sorted(self.required.presaved.get(id(m), ())):
            old, save = self.save(f"old_{name}", Name(name, self.kind(name)))
            pre.append(save)
            post.append(Assign(name, Name(old, self.kind(name)), stmt.span))
        new = replace(stmt, body=tuple(forward))
        sweep = [*pre, new]
        if outermost:
            sweep = [*self.allocations, *sweep]
            self.allocations = []
        if not backward:
            return sweep, [*m.opening, *post]
        return sweep, [*m.opening, mirrored_loop(stmt, tuple(backward), self.fresh), *post]

    # What an iteration needs again

    def bring_back(
        self, m: Mirror, stmt: For | While, forward: list[Stmt], backward: list[Stmt]
    ) -> tuple[list[Stmt], list[Stmt]]:
        binds = all_bound(tuple(forward))
        wanted = exposed(backward) & binds
        wanted -= self.required.carried.get(id(m), set())
        if isinstance(stmt, For):
            wanted.discard(stmt.var)
        if not wanted:
            return forward, backward
        again: list[Stmt] = []
        if self.replay:
            restored = self.required.at_end.get(id(m), frozenset())
            plan = Replay(
                self.memory, forward, self.required.carried.get(id(m), set()), stmt, self.kinds, restored, self.fixed
            )
            again, wanted = plan.choose(wanted)
        forward, backward = self.keep(forward, [*again, *backward], wanted)
        return forward, backward

    def keep(self, forward: list[Stmt], backward: list[Stmt], wanted: set[str]) -> tuple[list[Stmt], list[Stmt]]:
        arrays = set()
        if all(t is not None for t in self.nest):
            arrays = {n for n in wanted if isinstance(self.kind(n), Scalar)}
        for name in sorted(arrays):
            forward, backward = self.array_tape(forward, backward, name)
        rest = sorted(wanted - arrays)
        return self.list_tape(forward, backward, rest) if rest else (forward, backward)

    def array_tape(self, forward: list[Stmt], backward: list[Stmt], name: str) -> tuple[list[Stmt], list[Stmt]]:
        kind = self.kind(name)
        assert isinstance(kind, Scalar)
        loops = [t for t in self.nest if t is not None]
        tape = name if name.startswith("old_") else self.fresh(f"old_{name}")
        self.kept.append(tape)
        sizes = tuple(t.size for t in loops)
        shape = sizes[0] if len(sizes) == 1 else Tuple(sizes)
        array = Array(kind.dtype, (None,) * len(loops))
        dtype = () if kind.dtype == "float64" else (Const(np.dtype(kind.dtype).type, Opaque("dtype")),)
        self.allocations.append(Assign(tape, Apply(np.empty, (shape, *dtype), (), array)))
        index = loops[0].index if len(loops) == 1 else Tuple(tuple(t.index for t in loops))
        holder = Name(tape, array)
        element = Apply(operator.getitem, (holder, index), (), kind)
        definitions = [s for s in statements(tuple(forward)) if name in bound(s)]
        if tape == name:
            forward = list(stored_directly(tuple(forward), name, holder, index))
            return forward, list(replaced(tuple(backward), name, element))
        keep = Store(holder, index, Name(name, kind))
        if len(definitions) == 1:
            forward = list(after_definition(tuple(forward), name, keep))
        else:
            forward = insert_at_exits(forward, keep)
            self.unset.add(name)
        if not any(name in bound(s) for s in statements(tuple(backward))) and count_reads(backward, name) <= 2:
            return forward, list(replaced(tuple(backward), name, element))
        return forward, [Assign(name, element), *backward]

    def list_tape(self, forward: list[Stmt], backward: list[Stmt], wanted: list[str]) -> tuple[list[Stmt], list[Stmt]]:
        """One list for the block, one tuple for each time it runs."""
        tape = self.fresh("tape")
        self.kept.append(tape)
        kinds = tuple(self.kind(n) for n in wanted)
        values = tuple(Name(n, k) for n, k in zip(wanted, kinds, strict=True))
        item: Expr = values[0] if len(values) == 1 else Tuple(values)
        self.tapes.append(Assign(tape, Tuple((), list, ListOf(None))))
        self.unset.update(n for n in wanted if not surely_bound(forward, n))
        forward = insert_after_last(forward, set(wanted), Append(tape, item))
        return coalesced(forward, [Pop(tuple(wanted), tape, kinds), *backward], tape, wanted)

    def tape_loop(self, stmt: For | While) -> TapeLoop | None:
        """How the iterations are numbered, if the trip count is known before the outermost loop begins."""
        if not isinstance(stmt, For) or stmt.count is not None or (self.nest and self.nest[-1] is None):
            return None
        if not all(map(self.invariant, (stmt.start, stmt.stop, stmt.step))):
            return None
        var = Name(stmt.var, INT)
        match stmt.start, stmt.step, stmt.stop:
            case Const(value=int(start)), Const(value=1), _ if 0 <= start <= 8:
                return TapeLoop(at_least_zero(stmt.stop), var)
            case _, Const(value=-1), Const(value=-1):
                return TapeLoop(at_least_zero(algebra.apply(operator.add, stmt.start, INT_ONE)), var)
        return None


def at_least_zero(size: Expr) -> Expr:
    """A length; a number that may be negative is an empty range."""
    size = simpler_sum(size)
    if not any(isinstance(e, Name) and isinstance(e.kind, Scalar) for e in walk(size)):
        if not (isinstance(size, Apply) and size.fn is operator.sub):
            return size
    return Apply(max, (size, INT_ZERO), (), INT)


def simpler_sum(size: Expr) -> Expr:
    match size:
        case Apply(fn=operator.add, args=(Apply(fn=operator.sub, args=(a, Const(value=1))), Const(value=1))):
            return a
    return size


def walk(expr: Expr) -> list[Expr]:
    from zygote_nb.ir.walk import subexpressions

    return list(subexpressions(expr))


def element_stem(stmt: Store) -> str:
    base = stmt.base.id if isinstance(stmt.base, Name) else "element"
    match stmt.index:
        case Const(value=int(i)) if i >= 0:
            return f"old_{base}{i}"
    return f"old_{base}"


def exposed(block: list[Stmt]) -> set[str]:
    """Variables that a block reads before it has surely bound them."""
    found: set[str] = set()
    _exposed(tuple(block), set(), found)
    return found


def _exposed(block: Block, known: set[str], found: set[str]) -> set[str]:
    for stmt in block:
        found |= read(stmt) - known
        match stmt:
            case If():
                a = _exposed(stmt.body, set(known), found)
                b = _exposed(stmt.orelse, set(known), found)
                known = a & b
            case For():
                _exposed(stmt.body, known | {stmt.var}, found)
            case While():
                _exposed(stmt.body, set(known), found)
        known = known | set(bound(stmt))
    return known


def surely_bound(block: list[Stmt], name: str) -> bool:
    return any(
        name in bound(s)
        or (isinstance(s, If) and surely_bound(list(s.body), name) and surely_bound(list(s.orelse), name))
        for s in block
    )


def count_reads(block: list[Stmt], name: str) -> int:
    from zygote_nb.ir.walk import expressions, subexpressions

    below = list(statements(tuple(block)))
    reads = sum(isinstance(e, Name) and e.id == name for s in below for x in expressions(s) for e in subexpressions(x))
    return reads + sum(
        (isinstance(s, (Append, Pop)) and s.base == name) or (isinstance(s, Accumulate) and s.target == name)
        for s in below
    )


def replaced(block: Block, name: str, value: Expr) -> Block:
    """The block with reads of a variable replaced."""

    def of(stmt: Stmt) -> Stmt:
        stmt = map_expressions(stmt, lambda e: substitute(e, {name: value}))
        return with_blocks(stmt, tuple(replaced(b, name, value) for b in blocks(stmt)))

    return tuple(map(of, block))


def stored_directly(block: Block, name: str, tape: Name, index: Expr) -> Block:
    """``old_x = x`` becomes ``old_x[t] = x``."""
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and stmt.target == name:
            out.append(Store(tape, index, stmt.value, span=stmt.span))
        else:
            out.append(with_blocks(stmt, tuple(stored_directly(b, name, tape, index) for b in blocks(stmt))))
    return tuple(out)


def after_definition(block: Block, name: str, extra: Stmt) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        out.append(with_blocks(stmt, tuple(after_definition(b, name, extra) for b in blocks(stmt))))
        if name in bound(stmt):
            out.append(extra)
    return tuple(out)


def insert_at_exits(block: list[Stmt], extra: Stmt) -> list[Stmt]:
    """At the end of a block, and before every break that leaves the loop from it."""
    if not block or not breaks((block[-1],)):
        return [*block, extra]
    last = block[-1]
    if isinstance(last, If):
        branches = (insert_at_exits(list(last.body), extra), insert_at_exits(list(last.orelse), extra))
        return [*block[:-1], replace(last, body=tuple(branches[0]), orelse=tuple(branches[1]))]
    return [*block[:-1], extra, last]


def insert_after_last(block: list[Stmt], wanted: set[str], extra: Stmt) -> list[Stmt]:
    last = max((i for i, s in enumerate(block) if wanted & (set(bound(s)) | all_bound((s,)))), default=len(block) - 1)
    if breaks((block[last],)):
        return insert_at_exits(block, extra)
    return [*block[: last + 1], extra, *block[last + 1 :]]


def coalesced(forward: list[Stmt], backward: list[Stmt], tape: str, wanted: list[str]) -> tuple[list[Stmt], list[Stmt]]:
    """``old_r = r; tape.append(old_r)`` becomes ``tape.append(r)``, and its pop goes straight into ``r``."""
    pop = backward[0]
    assert isinstance(pop, Pop)
    for name in wanted:
        forward = appended_directly(forward, tape, name)
        target = restored_variable(backward, name)
        if target is not None:
            pop = replace(pop, targets=tuple(target if t == name else t for t in pop.targets))
            backward = [
                s for s in backward if not (isinstance(s, Assign) and s.target == target and s.value == Name(name))
            ]
            backward = list(replaced(tuple(backward), name, Name(target, pop.kinds[0])))
    return forward, [pop, *backward[1:]]


def appended_directly(forward: list[Stmt], tape: str, name: str) -> list[Stmt]:
    for i, stmt in enumerate(forward):
        if (
            isinstance(stmt, Assign)
            and stmt.target == name
            and isinstance(stmt.value, Name)
            and count_reads(forward, name) == 1
        ):
            end = next((j for j, s in enumerate(forward) if isinstance(s, Append) and s.base == tape), None)
            if end is None or end < i or any(stmt.value.id in all_bound((s,)) for s in forward[i:end]):
                return forward
            moved = replaced((forward[end],), name, stmt.value)
            return [*forward[:i], *forward[i + 1 : end], *moved, *forward[end + 1 :]]
    return forward


def restored_variable(backward: list[Stmt], name: str) -> str | None:
    """The variable that the popped value is put back into, if nothing reads or binds that variable before."""
    before: set[str] = set()
    for stmt in backward[1:]:
        if isinstance(stmt, Assign) and stmt.value == Name(name):
            return stmt.target if stmt.target not in before else None
        before |= all_bound((stmt,)) | set().union(*(read(s) for s in statements((stmt,))))
    return None


# Mirrored loops


def mirrored_loop(stmt: For | While, body: Block, fresh: Callable[[str], str]) -> Stmt:
    if isinstance(stmt, While):
        return For("_", INT_ZERO, Name(stmt.count, INT), INT_ONE, body, None, stmt.span)
    down = Const(-1, INT)
    if stmt.count is None and independent(body):
        return For(stmt.var, stmt.start, stmt.stop, stmt.step, body, None, stmt.span)
    if stmt.count is None:
        match stmt.step:
            case Const(value=1):
                last = minus_one(stmt.stop)
                return For(stmt.var, last, minus_one(stmt.start), down, body, None, stmt.span)
            case Const(value=-1):
                return For(stmt.var, plus_one(stmt.stop), plus_one(stmt.start), INT_ONE, body, None, stmt.span)
    if stmt.count is not None and stmt.start == INT_ZERO and stmt.step == INT_ONE:
        return For(stmt.var, minus_one(Name(stmt.count, INT)), down, down, body, None, stmt.span)
    return counted_back(stmt, body, fresh, down)


def independent(body: Block) -> bool:
    """Whether the iterations only add to adjoints that none of them reads, so that their order does not matter."""
    below = list(statements(body))
    if not all(isinstance(s, (Assign, Accumulate, If, For)) for s in below):
        return False
    added = {s.target for s in below if isinstance(s, Accumulate)}
    read_ = set().union(*(names(e) for s in below for e in values_read(s))) if below else set()
    bound_ = {n for s in below if isinstance(s, Assign) for n in bound(s)}
    return not added & (read_ | bound_) and not exposed(list(body)) & bound_


def values_read(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions of a statement, without the adjoint that it adds to."""
    if isinstance(stmt, Accumulate):
        return (stmt.value,) if stmt.index is None else (stmt.value, stmt.index)
    from zygote_nb.ir.walk import expressions

    return expressions(stmt)


def counted_back(stmt: For, body: Block, fresh: Callable[[str], str], down: Expr) -> Stmt:
    """Any step, or a loop that broke: by the number of the iteration."""
    k = Name(fresh("k"), INT)
    whole = Apply(range, (stmt.start, stmt.stop, stmt.step), (), INT)
    count: Expr = Name(stmt.count, INT) if stmt.count is not None else Apply(len, (whole,), (), INT)
    offset: Expr = k if stmt.step == INT_ONE else Apply(operator.mul, (k, stmt.step), (), INT)
    value = offset if stmt.start == INT_ZERO else Apply(operator.add, (stmt.start, offset), (), INT)
    return For(k.id, minus_one(count), down, down, (Assign(stmt.var, value), *body), None, stmt.span)


def minus_one(e: Expr) -> Expr:
    match e:
        case Const(value=int(v)):
            return Const(v - 1, INT)
        case Apply(fn=operator.add, args=(a, Const(value=1))):
            return a
        case Apply(fn=operator.sub, args=(a, Const(value=int(v)))):
            return Apply(operator.sub, (a, Const(v + 1, INT)), (), INT)
    return Apply(operator.sub, (e, INT_ONE), (), INT)


def plus_one(e: Expr) -> Expr:
    match e:
        case Const(value=int(v)):
            return Const(v + 1, INT)
        case Apply(fn=operator.sub, args=(a, Const(value=1))):
            return a
    return Apply(operator.add, (e, INT_ONE), (), INT)


__all__ = ["NOWHERE", "Assembler", "Span", "body_binds", "names", "tangent_kind"]
