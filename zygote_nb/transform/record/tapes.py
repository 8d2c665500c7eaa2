"""Tapes: what each iteration keeps, in an array read by index or on a list."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Append,
    Apply,
    Assign,
    Const,
    Expr,
    For,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    While,
)
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf, Opaque, Scalar, TupleOf
from zygote_nb.ir.walk import (
    all_bound,
    blocks,
    bound,
    statements,
    subexpressions,
)
from zygote_nb.transform import algebra
from zygote_nb.transform.record.coalesced import coalesced
from zygote_nb.transform.record.insertion import (
    after_definition,
    count_reads,
    insert_after_last,
    insert_at_exits,
    replaced,
    stored_directly,
    surely_bound,
)


@dataclass(frozen=True, slots=True)
class TapeLoop:
    """A loop whose iterations are numbered by an expression, so that what it saves goes into arrays."""

    size: Expr
    index: Expr


@dataclass(slots=True)
class Tapes:
    """The tapes of one function: ``starts`` and ``allocations`` make them, ``nest`` are the loops around here.

    ``saves`` are the variables that only hold what is kept: nothing but a tape and the mirrored statement reads them.
    """

    fresh: Callable[[str], str]
    kinds: dict[str, Kind]
    invariant: Callable[[Expr], bool]
    starts: list[Assign] = field(default_factory=list)
    allocations: list[Stmt] = field(default_factory=list)
    nest: list[TapeLoop | None] = field(default_factory=list)
    unset: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    saves: set[str] = field(default_factory=set)
    flat: bool = False

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name, Opaque())

    def keep(self, forward: list[Stmt], backward: list[Stmt], wanted: set[str]) -> tuple[list[Stmt], list[Stmt]]:
        arrays = set()
        if all(t is not None for t in self.nest):
            arrays = {n for n in wanted if isinstance(self.kind(n), Scalar)}
        for name in sorted(arrays):
            forward, backward = self.array_tape(forward, backward, name)
        rest = sorted(wanted - arrays)
        return self.list_tapes(forward, backward, rest) if rest else (forward, backward)

    def array_tape(self, forward: list[Stmt], backward: list[Stmt], name: str) -> tuple[list[Stmt], list[Stmt]]:
        kind = self.kind(name)
        assert isinstance(kind, Scalar)
        loops = [t for t in self.nest if t is not None]
        tape = name if name in self.saves else self.fresh(f"old_{name}")
        self.kept.append(tape)
        sizes = tuple(t.size for t in loops)
        shape = sizes[0] if len(sizes) == 1 else Tuple(sizes)
        # What may be one of Python's numbers, or one of NumPy's of lower precision, is kept as it is.
        known = "float64" if kind.weak is None and kind.dtype[0] == "f" else kind.dtype
        array = self.kinds[tape] = Array(known, (None,) * len(loops))
        dtype = () if known == "float64" else (Const(np.dtype(known).type, Opaque("dtype")),)
        self.allocations.append(Assign(tape, Apply(np.empty, (shape, *dtype), (), array)))
        index = loops[0].index if len(loops) == 1 else Tuple(tuple(t.index for t in loops))
        holder = Name(tape, array)
        element = Apply(operator.getitem, (holder, index), (), kind)
        definitions = [s for s in statements(tuple(forward)) if name in bound(s)]
        if tape == name:
            forward = list(stored_directly(tuple(forward), name, holder, index))
            return forward, list(replaced(tuple(backward), name, element))
        keep = Store(holder, index, Name(name, kind))
        if len(definitions) == 1 and not in_a_loop(forward, name):
            forward = list(after_definition(tuple(forward), name, keep))
        else:
            forward = insert_at_exits(forward, keep)
            self.unset.add(name)
        if not any(name in bound(s) for s in statements(tuple(backward))) and count_reads(backward, name) <= 2:
            return forward, list(replaced(tuple(backward), name, element))
        return forward, [Assign(name, element), *backward]

    def list_tapes(self, forward: list[Stmt], backward: list[Stmt], wanted: list[str]) -> tuple[list[Stmt], list[Stmt]]:
        """One list for the block; for each value one, if tapes are to be differentiated."""
        if not self.flat:
            return self.list_tape(forward, backward, wanted)
        for name in wanted:
            forward, backward, entries = self.apart(forward, backward, name)
            for entry in entries:
                forward, backward = self.list_tape(forward, backward, [entry])
        return forward, backward

    def apart(self, forward: list[Stmt], backward: list[Stmt], name: str) -> tuple[list[Stmt], list[Stmt], list[str]]:
        """The results of a function that has several get variables, so that each is kept by itself."""
        kind = self.kind(name)
        if not isinstance(kind, TupleOf):
            return forward, backward, [name]
        entries = [self.fresh(f"{name}_{i}") for i in range(len(kind.items))]
        self.kinds |= dict(zip(entries, kind.items, strict=True))
        for i, entry in enumerate(entries):
            value = Apply(operator.getitem, (Name(name, kind), Const(i, INT)), (), kind.items[i])
            forward = list(after_definition(tuple(forward), name, Assign(entry, value)))
        whole = make_tuple(tuple(Name(e, k) for e, k in zip(entries, kind.items, strict=True)), tuple)
        return forward, [Assign(name, whole), *backward], entries

    def list_tape(self, forward: list[Stmt], backward: list[Stmt], wanted: list[str]) -> tuple[list[Stmt], list[Stmt]]:
        """One list, with a tuple for each time that the block runs."""
        tape = self.fresh("tape")
        self.kept.append(tape)
        kinds = tuple(self.kind(n) for n in wanted)
        values = tuple(Name(n, k) for n, k in zip(wanted, kinds, strict=True))
        item: Expr = values[0] if len(values) == 1 else Tuple(values)
        self.starts.append(Assign(tape, Tuple((), list, ListOf(None))))
        self.unset.update(n for n in wanted if not surely_bound(forward, n))
        forward = insert_after_last(forward, set(wanted), Append(tape, item))
        saves = [n for n in wanted if n in self.saves]
        return coalesced(forward, [Pop(tuple(wanted), tape, kinds), *backward], tape, saves)

    def tape_loop(self, stmt: For | While) -> TapeLoop | None:
        """How the iterations are numbered, if the trip count is known before the outermost loop begins.

        Where a function that calls itself is called, each of its calls would make arrays: one list serves all.
        """
        if not isinstance(stmt, For) or stmt.count is not None or (self.nest and self.nest[-1] is None):
            return None
        if any(isinstance(s, Invoke) and getattr(s.callee, "recursive", False) for s in statements(stmt.body)):
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


def in_a_loop(block: list[Stmt], name: str) -> bool:
    """Whether a variable is bound within a loop of the block, which may not run: then its value is an older one."""
    return any(
        name in all_bound(b) if isinstance(s, For | While) else in_a_loop(list(b), name)
        for s in block
        for b in blocks(s)
    )


def at_least_zero(size: Expr) -> Expr:
    """A length; a number that may be negative is an empty range."""
    size = simpler_sum(size)
    varies = any(isinstance(e, Name) and isinstance(e.kind, Scalar) for e in subexpressions(size))
    if not varies and not (isinstance(size, Apply) and size.fn is operator.sub):
        return size
    return Apply(max, (size, INT_ZERO), (), INT)


def simpler_sum(size: Expr) -> Expr:
    match size:
        case Apply(fn=operator.add, args=(Apply(fn=operator.sub, args=(a, Const(value=1))), Const(value=1))):
            return a
    return size
