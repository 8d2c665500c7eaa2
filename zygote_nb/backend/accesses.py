"""What statements between and in loops read and write, so that they can be put in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from zygote_nb.analysis.cost import content_reads
from zygote_nb.analysis.iterations import parts_of
from zygote_nb.analysis.linear import Form, variable
from zygote_nb.backend.numbering import Numbering
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Choice,
    Expr,
    For,
    If,
    Name,
    Raise,
    Stmt,
    Store,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.ir.walk import bound, children, expressions, names, root
from zygote_nb.ir.walk import read as names_read
from zygote_nb.runtime.calling import Called


@dataclass(frozen=True, slots=True)
class Access:
    """What is done to an element of an array, or to all of it if there is no index."""

    name: str
    index: tuple[Form, ...] | None = None
    does: Literal["reads", "writes", "adds"] = "reads"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A statement. One that is ``first`` goes before what is computed after it."""

    stmt: Stmt
    binds: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    accesses: tuple[Access, ...] = ()
    first: bool = False


@dataclass(frozen=True, slots=True)
class Barrier:
    """A statement that nothing is moved across."""

    stmt: Stmt


@dataclass(frozen=True, slots=True)
class Nest:
    """A loop of an array statement, which runs as often as ``length`` says; ``inner`` are variables of loops in it."""

    loop: For
    length: Form
    items: tuple[Item, ...]
    inner: frozenset[str]
    binds: frozenset[str]
    reads: frozenset[str]
    accesses: tuple[Access, ...]

    @property
    def stmt(self) -> For:
        return replace(self.loop, body=written(self.items))

    @property
    def arrays(self) -> set[str]:
        return {a.name for a in self.accesses}


Item = Leaf | Nest
Entry = Leaf | Nest | Barrier


def written(entries: Iterable[Entry]) -> Block:
    return tuple(e.stmt for e in entries)


def entry(stmt: Stmt, indices: frozenset[str], numbering: Numbering) -> Entry:
    """A statement of a block, at the place that ``numbering`` has come to."""
    match stmt:
        case For() if is_nest(stmt, indices):
            return nest(stmt, numbering)
        case If(body=(Raise(),), orelse=()):
            return leaf(stmt, numbering, first=True)
        case Append(base=base, value=value):
            # What a list holds is memory, whose content may change before or after.
            parts = value.items if isinstance(value, Tuple) else (value,)
            held = (a for p in parts if not isinstance(p, Name) for a in reads_of(p, numbering))
            return Leaf(stmt, reads=frozenset(names_read(stmt)), accesses=(Access(base, None, "writes"), *held))
        case Assign() | Accumulate() | Store(add=False) if not calls_python(stmt):
            return leaf(stmt, numbering)
    return Barrier(stmt)


def calls_python(stmt: Stmt) -> bool:
    def found(expr: Expr) -> bool:
        return (isinstance(expr, Apply) and isinstance(expr.fn, Called)) or any(map(found, children(expr)))

    return any(map(found, expressions(stmt)))


def is_nest(stmt: Stmt, indices: frozenset[str]) -> bool:
    """Whether the statement is one of the loops of an array statement."""
    if not isinstance(stmt, For) or stmt.var not in indices or stmt.count is not None or stmt.snapshots is not None:
        return False
    return stmt.start == INT_ZERO and stmt.step == INT_ONE and all(is_inside(s, indices) for s in stmt.body)


def is_inside(stmt: Stmt, indices: frozenset[str]) -> bool:
    match stmt:
        case Assign(value=value):
            return isinstance(value.kind, Scalar)
        case Accumulate(base=base):
            return base is None or isinstance(base, Name)
        case Store(base=base, add=add):
            return isinstance(base, Name) and not add
    return is_nest(stmt, indices)


def nest(loop: For, numbering: Numbering) -> Nest:
    length = numbering.bound_of(loop.stop)
    numbering.values[loop.var] = variable(loop.var)
    numbering.least[loop.var] = 0
    items = tuple(nest(s, numbering) if isinstance(s, For) else leaf(s, numbering) for s in loop.body)
    inner = frozenset(v for i in items if isinstance(i, Nest) for v in (i.loop.var, *i.inner))
    own = {loop.var, *inner}
    return Nest(
        loop,
        length,
        items,
        inner,
        frozenset().union(*(i.binds for i in items)) - own,
        (frozenset(names(loop.stop)) | frozenset().union(*(i.reads for i in items))) - own,
        tuple(dict.fromkeys(a for i in items for a in i.accesses)),
    )


def leaf(stmt: Stmt, numbering: Numbering, first: bool = False) -> Leaf:
    reads, touched = set(names_read(stmt)), list[Access]()
    match stmt:
        case Store(base=base, index=index, value=value):
            touched.append(Access(root(base) or "", place(base, index, numbering), "writes"))
            read_of = (value, index)
        case Accumulate(target=target, index=index, base=base, value=value) if index is not None:
            at = base if base is not None else Name(target, stmt.kind)
            touched.append(Access(root(at) or "", place(at, index, numbering), "adds"))
            read_of = (value, index)
        case Accumulate(target=target, value=value):
            if isinstance(stmt.kind, Array):
                touched.append(Access(target, None, "writes"))
            read_of = (value,)
        case _:
            read_of = expressions(stmt)
    for expr in read_of:
        touched += reads_of(expr, numbering)
    return Leaf(stmt, frozenset(bound(stmt)), frozenset(reads), tuple(dict.fromkeys(touched)), first)


def place(base: Expr, index: Expr, numbering: Numbering) -> tuple[Form, ...] | None:
    parts = parts_of(index)
    if not isinstance(base, Name) or parts is None or not isinstance(base.kind, Array):
        return None
    if len(parts) != base.kind.ndim or any(getattr(p.kind, "dtype", "") != "int64" for p in parts):
        return None
    return tuple(map(numbering.form, parts))


def reads_of(expr: Expr, numbering: Numbering) -> Iterator[Access]:
    """The elements and arrays whose content an expression reads."""
    match expr:
        case Apply(args=(Name(id) as base, index)) if is_getitem(expr) and isinstance(base.kind, Array):
            yield Access(id, place(base, index, numbering))
            yield from reads_of(index, numbering)
        case Apply() | Tuple() | Choice():
            held = content_reads(expr)
            for part in children(expr):
                if content_reads(part) <= held:
                    yield from reads_of(part, numbering)
        case Name(id) if not isinstance(expr.kind, Scalar):
            yield Access(id)


def conflict(a: Entry, b: Entry, share: Callable[[str, str], bool]) -> bool:
    """Whether it matters which of two statements comes first."""
    if isinstance(a, Barrier) or isinstance(b, Barrier):
        return True
    if a.binds & (b.binds | b.reads) or b.binds & a.reads:
        return True
    return any(
        share(p.name, q.name) for p in a.accesses for q in b.accesses if {p.does, q.does} not in ({"reads"}, {"adds"})
    )
