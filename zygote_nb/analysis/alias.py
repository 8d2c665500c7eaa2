"""Which variables may share memory, and which memory is written to.

Variables that a view, an assignment, a container or a call could connect form one group. A group in which anything is
written has shadows: its adjoints live in memory of the same structure, made in step with the primal program.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Const,
    Effect,
    Expr,
    For,
    Function,
    Invoke,
    Name,
    Pop,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf, Opaque, Scalar, TupleOf, is_memory, join
from zygote_nb.ir.walk import bound, expressions, is_basic, root, statements, subexpressions
from zygote_nb.runtime.arrays import add_at
from zygote_nb.runtime.calling import Called
from zygote_nb.runtime.indexing import require, require_apart, writable
from zygote_nb.runtime.lists import add_lists
from zygote_nb.runtime.places import EFFECTS
from zygote_nb.runtime.shaped import HANDED_BACK, ITSELF_WHERE

VIEWS = {
    Attribute("T"), Attribute("mT"), Attribute("real"), Attribute("imag"), Method("transpose"), Method("swapaxes"),
    Method("squeeze"), Method("view"), Method("diagonal"), np.transpose, np.swapaxes, np.squeeze, np.expand_dims,
    np.moveaxis, np.flip, np.flipud, np.fliplr, np.diagonal, np.atleast_1d, np.atleast_2d,
    np.atleast_3d, np.asarray, np.asanyarray, np.matrix_transpose, np.permute_dims, np.rollaxis, np.rot90,
    np.real, np.imag, np.linalg.diagonal, np.linalg.matrix_transpose, np.asarray_chkfinite,
    writable,
}  # fmt: skip
PARTIAL_VIEWS = {np.trim_zeros, np.broadcast_to, sliding_window_view}
"""Functions whose result is a view that an adjoint can't have: its place depends on values, or its entries overlap."""
ADDING = {add_at, add_lists}
"""Helpers of generated code that add to memory, their first argument."""
OWN = ADDING | EFFECTS
"""Helpers that change nothing but what the program itself has made."""
VIEWS_IF_REAL = {Method("conj"), Method("conjugate"), np.real_if_close}
"""Functions that return their argument itself, unless it is complex."""
SOMETIMES_VIEWS = {
    Method("reshape"), Method("ravel"), np.reshape, np.ravel, np.ascontiguousarray, np.asfortranarray,
}  # fmt: skip


@dataclass(slots=True)
class Memory:
    """The groups of one function: ``group`` maps variables to representatives."""

    parent: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    contained: set[str] = field(default_factory=set)
    copied_reshapes: list[Apply] = field(default_factory=list)

    def copy(self) -> Memory:
        found = dict(self.parent), dict(self.kinds), set(self.written), set(self.contained), list(self.copied_reshapes)
        return Memory(*found)

    def group(self, name: str) -> str:
        while self.parent.get(name, name) != name:
            name = self.parent[name]
        return name

    def union(self, a: str, b: str) -> None:
        p, q = self.group(a), self.group(b)
        if p != q:
            self.parent[q] = p
            for marks in (self.written, self.contained):
                if q in marks:
                    marks.add(p)

    def is_written(self, name: str) -> bool:
        return self.group(name) in {self.group(w) for w in self.written}

    def has_shadow(self, name: str) -> bool:
        """Whether the adjoint of the variable is memory made in step with the program."""
        kind = self.kinds.get(name)
        if isinstance(kind, ListOf):
            return True
        if not isinstance(kind, Array):
            return False
        return self.group(name) in {self.group(w) for w in (*self.written, *self.contained)}

    def members(self, name: str) -> list[str]:
        representative = self.group(name)
        return [n for n in self.kinds if self.group(n) == representative]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a call does to its arguments, by position: which are written to, and which share memory with a result.

    ``together`` are pairs of results that share memory which is no argument's.
    """

    writes: frozenset[int] = frozenset()
    shares: tuple[frozenset[int], ...] = ()
    contains: frozenset[int] = frozenset()
    together: frozenset[tuple[int, int]] = frozenset()


def is_helper(stmt: Effect) -> bool:
    """Whether the effect is on memory of the program, or none at all: nothing that a person would notice."""
    return isinstance(stmt.value, Apply) and (stmt.value.fn in OWN or stmt.value.fn in (require, require_apart))


def sharing(expr: Expr) -> set[str]:
    """The variables whose memory the value of the expression may be, or view."""
    match expr:
        case Name() if is_memory(expr.kind):
            return {expr.id}
        case Tuple():
            return set().union(*map(sharing, expr.items))
        case Apply():
            base = viewed(expr)
            return sharing(base) if base is not None else set()
    return set()


def mirrored(expr: Expr) -> set[str]:
    """The same, where a shadow can be the same view of a shadow."""
    match expr:
        case Tuple():
            return set().union(*map(mirrored, expr.items))
        case Apply():
            base = viewed(expr)
            return mirrored(base) if base is not None and not is_partial(expr) else set()
    return sharing(expr)


def viewed(expr: Apply) -> Expr | None:
    """The argument that the value is memory of, or None."""
    if not is_memory(expr.kind):
        return None
    if expr.fn is operator.getitem:
        return expr.args[0] if is_basic(expr.args[1]) else None
    if isinstance(expr.fn, Called):
        return next((a for a in expr.args if isinstance(a.kind, Array)), None) if expr.fn.shows_memory else None
    base = expr.args[view_of(expr)] if is_view(expr) else None
    return base if base is not None and isinstance(base.kind, Array) else None


def is_view(expr: Apply) -> bool:
    """Whether the call may return memory of its first argument."""
    if expr.fn in VIEWS_IF_REAL:
        return getattr(expr.args[0].kind, "dtype", "c")[0] != "c"
    if expr.fn is np.einsum:
        return len(expr.args) == 2 and rearranges(expr.args[0])
    if is_partial(expr):
        return True
    matrix = expr.fn is np.diag and isinstance(expr.args[0].kind, Array) and expr.args[0].kind.ndim == 2
    return matrix or expr.fn in VIEWS or expr.fn in SOMETIMES_VIEWS


def is_partial(expr: Apply) -> bool:
    """Whether the call may return memory of its first argument in a way that an adjoint can't follow."""
    return expr.fn in PARTIAL_VIEWS or expr.fn in HANDED_BACK or may_be_itself(expr)


def may_be_itself(expr: Apply) -> bool:
    if expr.fn not in ITSELF_WHERE:
        return False
    name, place, value = ITSELF_WHERE[expr.fn]
    given = dict(expr.kwargs).get(name, expr.args[place] if len(expr.args) > place else None)
    return given is not None and not (isinstance(given, Const) and given.value != value)


def has_partial(expr: Expr | None) -> bool:
    """Whether such a call is among the views of variables that the value is."""
    while isinstance(expr, Apply) and sharing(expr):
        if is_partial(expr):
            return True
        expr = viewed(expr)
    return False


def view_of(expr: Apply) -> int:
    """The position of the argument that a call may return a view of."""
    return 1 if expr.fn is np.einsum else 0


def rearranges(subscripts: Expr) -> bool:
    """Whether an Einstein sum of one operand sums nothing: it is a diagonal, or a transpose."""
    text = str(subscripts.value) if isinstance(subscripts, Const) else ""
    given, arrow, out = text.replace(" ", "").partition("->")
    return set(given) == set(out if arrow else (c for c in given if given.count(c) == 1))


def variable_kinds(function: Function) -> dict[str, Kind]:
    """The kind of every variable, joined over its definitions and uses."""
    kinds: dict[str, Kind] = {p.name: p.kind for p in function.params}
    for stmt in statements(function.body):
        for name, kind in zip(bound(stmt), bound_kinds(stmt), strict=False):
            _add(kinds, name, kind)
        for whole in expressions(stmt):
            for expr in subexpressions(whole):
                if isinstance(expr, Name):
                    _add(kinds, expr.id, expr.kind)
    for whole in function.result:
        for expr in subexpressions(whole):
            if isinstance(expr, Name):
                _add(kinds, expr.id, expr.kind)
    return kinds


def bound_kinds(stmt: object) -> tuple[Kind, ...]:
    match stmt:
        case Assign():
            return (stmt.value.kind,)
        case Invoke() | Pop():
            return stmt.kinds
        case Effect():
            return (stmt.value.kind,)
        case For():
            return (INT,)
        case Attempt():
            return tuple(INT if n in (stmt.caught, stmt.done) else Opaque("exception") for n in bound(stmt))
    return ()


def _add(kinds: dict[str, Kind], name: str, kind: Kind) -> None:
    known = kinds.get(name)
    kinds[name] = kind if known is None else join(known, kind, True) or known


def analyse(function: Function, summary_of: dict[int, Summary]) -> Memory:
    """The memory groups of a function; ``summary_of`` is asked for the callees by identity."""
    memory = Memory(kinds=variable_kinds(function))
    for stmt in statements(function.body):
        match stmt:
            case Assign():
                target = stmt.target
                shared = sharing(stmt.value)
                for name in shared:
                    memory.union(target, name)
                if isinstance(stmt.value, Tuple) and shared:
                    memory.contained.add(target)
            case Store():
                base = root(stmt.base)
                assert base is not None
                memory.written.add(base)
                if isinstance(stmt.base.kind, ListOf):
                    connect(memory, base, sharing(stmt.value))
            case Accumulate() if stmt.memory or stmt.index is not None:
                memory.written.add(stmt.target)
            case Effect(value=Apply(fn=fn, args=(base, *_))) if fn in ADDING:
                memory.written.add(root(base) or "")
            case Append():
                memory.written.add(stmt.base)
                connect(memory, stmt.base, sharing(stmt.value))
            case Pop():
                memory.written.add(stmt.base)
                for target, kind in zip(stmt.targets, stmt.kinds, strict=True):
                    if is_memory(kind):
                        memory.union(stmt.base, target)
            case Invoke():
                called(memory, stmt, summary_of.get(id(stmt.callee), Summary()))
    return memory


def connect(memory: Memory, base: str, values: Iterable[str]) -> None:
    """Memory that goes into a container has a shadow of its own there."""
    for name in values:
        memory.union(base, name)
        memory.contained.add(base)


def called(memory: Memory, stmt: Invoke, summary: Summary) -> None:
    for i, arg in enumerate(stmt.args):
        for name in sharing(arg):
            if i in summary.writes:
                memory.written.add(name)
            if i in summary.contains:
                memory.contained.add(name)
    for target, shared in zip(stmt.targets, summary.shares, strict=False):
        for i in shared:
            for name in sharing(stmt.args[i]):
                memory.union(target, name)
                memory.contained.add(name)
    for i, j in summary.together:
        memory.union(stmt.targets[i], stmt.targets[j])


def summarise(function: Function, memory: Memory) -> Summary:
    """What a caller must know."""
    params = [p.name for p in function.params]
    writes = frozenset(i for i, p in enumerate(params) if is_memory(memory.kinds[p]) and memory.is_written(p))
    contained = {memory.group(c) for c in memory.contained}
    contains = frozenset(i for i, p in enumerate(params) if memory.group(p) in contained)
    shares = []
    for value in function.result:
        groups = {memory.group(n) for n in sharing(value)}
        shares.append(
            frozenset(i for i, p in enumerate(params) if memory.group(p) in groups and is_memory(memory.kinds[p]))
        )
    return Summary(writes, tuple(shares), contains, results_together(function, memory))


def results_together(function: Function, memory: Memory) -> frozenset[tuple[int, int]]:
    """The pairs of results that share memory of the function's own."""
    given = {memory.group(p.name) for p in function.params if is_memory(p.kind)}
    groups = [{memory.group(n) for n in sharing(r)} - given for r in function.result]
    numbered = [(i, g) for i, g in enumerate(groups) if g]
    return frozenset((i, j) for (i, a), (j, b) in combinations(numbered, 2) if a & b)


def alias_map(block: Block) -> dict[str, set[str]]:
    """Variables whose memory a write through another one may change."""
    groups: dict[str, set[str]] = {}

    def join(a: str, b: str) -> None:
        merged = groups.get(a, {a}) | groups.get(b, {b})
        for n in merged:
            groups[n] = merged

    for stmt in statements(block):
        match stmt:
            case Assign():
                for other in held_in(stmt.value):
                    join(stmt.target, other)
            case Append():
                for other in sharing(stmt.value):
                    join(stmt.base, other)
            case Store() if isinstance(stmt.base.kind, ListOf):
                for other in sharing(stmt.value):
                    join(root(stmt.base) or "", other)
            case Pop():
                for target, kind in zip(stmt.targets, stmt.kinds, strict=False):
                    if isinstance(kind, (Array, ListOf)):
                        join(stmt.base, target)
            case Invoke():
                memory = [n for a in stmt.args for n in sharing(a)]
                for target, kind in zip(stmt.targets, stmt.kinds, strict=False):
                    if isinstance(kind, (Array, ListOf)):
                        for other in memory:
                            join(target, other)
    return groups


def held_in(value: Expr) -> set[str]:
    """The variables whose memory the value may be or hold; a tape or a record of results may hold any memory."""
    match value:
        case Name(kind=TupleOf() | Opaque()):
            return {value.id}
        case Apply(fn=fn, args=(first, *_)) if fn in HANDED_BACK:
            return held_in(first)
        case Apply(fn=operator.getitem, args=(Name(kind=TupleOf() | Opaque()) as whole, _), kind=kind):
            return set() if isinstance(kind, Scalar) else {whole.id}
    return sharing(value)
