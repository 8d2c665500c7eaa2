"""Array statements as the loops that a person would write: Numba compiles these sooner, and into faster code.

A statement whose value is built element by element from arrays (``A[1:-1] = 0.2 * (B[:-2] + B[2:])``) becomes a nest
of loops over its elements. It stays as it is where an operand may share memory with what is written, other than
element by element; where lengths turn out to differ as the program runs, the compiled code raises, and the interpreter
takes over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zygote_nb.analysis.ownership import owned
from zygote_nb.backend.regions import (
    COPIES,
    NOTHING,
    Axis,
    Kept,
    Region,
    add_to,
    constant,
    difference,
    element_of,
    is_condition,
    is_elementwise,
    is_ellipsis,
    is_floats,
    is_new_axis,
    is_nothing,
    is_other,
    is_shape,
    is_sum,
    named_dtype,
    read,
    store,
)
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Choice,
    Const,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Span,
    Stmt,
    Store,
    Tuple,
    call,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, Opaque, Scalar
from zygote_nb.ir.walk import all_bound, all_read, blocks, rebuild, statements, subexpressions, with_blocks
from zygote_nb.ir.walk import read as names_read
from zygote_nb.runtime import checked

Element = Callable[[tuple[Expr, ...]], Expr]
PRODUCTS = {operator.matmul, np.dot}
"""What makes an array in memory of its own, in rows."""
INDICES = ("i", "j", "k", "l")


def with_nests(function: Generated, buffers: frozenset[str], checks: bool = True) -> Generated:
    """The function with loops for its array statements; ``buffers`` are parameters whose memory nothing else shares.

    Unless the text ``checks`` lengths as the program runs, statements stay as they are where these may differ.
    """
    body = (*function.forward, *function.backward)
    taken = set(function.params) | all_bound(body) | all_read(body)
    writer = Writer(own_arrays(body, function.params, buffers), function.in_place, taken, checks)
    return replace(function, forward=writer.block(function.forward), backward=writer.block(function.backward))


def own_arrays(body: Block, params: tuple[str, ...], buffers: frozenset[str]) -> frozenset[str]:
    """The variables whose memory has no other name, at any time."""
    shared = set(params) - buffers
    for stmt in statements(body):
        if isinstance(stmt, Pop):
            shared.update(stmt.targets)
        if isinstance(stmt, Invoke):
            shared |= names_read(stmt)
    return frozenset(owned((*body, *(Assign(b, Const(0.0)) for b in sorted(buffers))), set()) - shared)


def is_like(region: Region, value: Expr, axes: tuple[Axis, ...]) -> bool:
    """Whether the part is a whole array of the value's dtype with these axes, none of them stretched."""
    whole = region.places == tuple(range(len(axes))) == tuple(range(len(region.axes)))
    alike = whole and dtype_of(region.kind) == dtype_of(value.kind) == "float64"
    return alike and not any(a.single or a.short or a.step != 1 for a in (*region.axes, *axes))


@dataclass(slots=True)
class Writer:
    """Writes loops. ``own`` are the arrays whose memory has one name; ``checks`` says that lengths may be compared.

    ``parts`` are new arrays that only the statement at hand reads.
    """

    own: frozenset[str]
    in_place: frozenset[str]
    taken: set[str]
    checks: bool = True
    out: list[Stmt] = field(default_factory=list)
    lengths: dict[Any, Expr] = field(default_factory=dict)
    indices: list[str] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)
    span: Span = field(default_factory=Span)

    def fresh(self, name: str) -> str:
        found = next(n for i in range(len(self.taken) + 1) if (n := f"{name}{i or ''}") not in self.taken)
        self.taken.add(found)
        return found

    def block(self, block: Block) -> Block:
        done: list[Stmt] = []
        for stmt in block:
            before = set(self.taken)
            self.out, self.lengths, self.parts, self.span = [], {}, set(), getattr(stmt, "span", Span())
            try:
                self.statement(stmt)
                done += self.out
            except Kept:
                self.taken = before | set(self.indices)
                done.append(with_blocks(stmt, tuple(map(self.block, blocks(stmt)))))
        return tuple(done)

    def statement(self, stmt: Stmt) -> None:
        match stmt:
            case Store(base=Name() as base, add=False) if is_floats(base.kind) and base.id in self.own:
                self.into(self.region(base, stmt.index), stmt.value, store)
            case Accumulate(base=None, index=None) if is_floats(stmt.kind):
                if stmt.memory or stmt.target in self.in_place:
                    self.whole(stmt)
                else:
                    name = Name(stmt.target, stmt.kind)
                    self.made(stmt.target, Apply(operator.add, (name, stmt.value), (), stmt.kind))
            case Assign() if is_floats(stmt.value.kind) and is_elementwise(stmt.value):
                self.made(stmt.target, stmt.value)
            case Accumulate(index=index) if index is not None and self.is_own(stmt):
                self.into(self.region(Name(stmt.target, stmt.kind), index), stmt.value, add_to)
            case Assign() | Accumulate() | Store():
                self.with_totals(stmt)
            case _:
                raise Kept

    def is_own(self, stmt: Accumulate) -> bool:
        """Whether what is added to is a part of an array of one name, by that name."""
        by_name = stmt.base is None or stmt.base == Name(stmt.target)
        return by_name and is_floats(stmt.kind) and stmt.target in self.own

    def with_totals(self, stmt: Assign | Accumulate | Store) -> None:
        """Sums of what is worked out element by element need no array."""
        value = self.totalled(stmt.value)
        if value == stmt.value:
            raise Kept
        self.out.append(replace(stmt, value=value))

    def totalled(self, value: Expr) -> Expr:
        if any(isinstance(e, Choice) for e in subexpressions(value)):
            raise Kept
        return rebuild(value, lambda e: self.total(e) if is_sum(e) else e)  # type: ignore[arg-type]

    def total(self, value: Apply) -> Expr:
        summed = value.args[0]
        element, regions = self.element(summed)
        axes = tuple(self.longest(regions, i) for i in range(summed.kind.ndim))  # type: ignore[union-attr]
        held = self.fresh("total")
        self.out.append(Assign(held, Const(0.0), self.span))
        self.nest(axes, regions, lambda at: Accumulate(held, element(at), kind=element_of(value.kind)))
        return Name(held, value.kind)

    def whole(self, stmt: Accumulate) -> None:
        if stmt.target not in self.own:
            raise Kept
        self.into(self.region(Name(stmt.target, stmt.kind), Const(Ellipsis, Opaque("ellipsis"))), stmt.value, add_to)

    def into(self, target: Region, value: Expr, put: Callable[[Region, tuple[Expr, ...], Expr], Stmt]) -> None:
        """Loops that write the value into a region, by way of new memory where they would read what they wrote."""
        if not target.axes or is_other(value):
            raise Kept
        regions: list[Region] = []
        element = self.built(value, regions)
        if any(r.root == target.root and r != target for r in regions):
            held = self.fresh("whole")
            self.fill(held, element, regions, tuple(a.length for a in target.axes), dtype_of(target.kind))
            kind = Array(dtype_of(target.kind), (None,) * len(target.axes))
            element, regions = self.element(Name(held, kind))
        self.nest(target.axes, regions, lambda at: put(target, at, element(at)))

    def made(self, target: str, value: Expr) -> None:
        """``target = value`` in new memory."""
        element, regions = self.element(value)
        axes = tuple(self.longest(regions, i) for i in range(value.kind.ndim))  # type: ignore[union-attr]
        reads = any(r.root == target for r in regions)
        worn = next((r for r in regions if r.root in self.parts and is_like(r, value, axes)), None)
        if worn is not None:
            self.nest(axes, regions, lambda at: store(worn, at, element(at)))
            self.out.append(Assign(target, Name(worn.root, value.kind), self.span))
            return
        name = self.fresh(target) if reads else target
        self.fill(name, element, regions, tuple(a.length for a in axes), dtype_of(value.kind))
        if reads:
            self.out.append(Assign(target, Name(name, value.kind), self.span))

    def fill(self, name: str, element: Element, regions: list[Region], lengths: tuple[Expr, ...], dtype: str) -> None:
        axes = tuple(Axis(n) for n in lengths)
        shape = Tuple(tuple(n if is_shape(n) else call(max, n, INT_ZERO, kind=INT) for n in lengths))
        kind = Array(dtype, (None,) * len(axes))
        self.out.append(Assign(name, Apply(np.empty, (shape, *named_dtype(dtype)), (), kind), self.span))
        target = Region(name, kind, tuple(range(len(axes))), axes)
        self.nest(axes, regions, lambda at: store(target, at, element(at)))

    def nest(self, axes: tuple[Axis, ...], regions: list[Region], inner: Callable[[tuple[Expr, ...]], Stmt]) -> None:
        for region in regions:
            shift = len(axes) - len(region.axes)
            if shift < 0:
                raise Kept
            for axis, other in zip(axes[shift:], region.axes, strict=True):
                self.require_alike(axis, other)
        while len(self.indices) < len(axes):
            self.indices.append(self.fresh(INDICES[len(self.indices) % len(INDICES)]))
        names = self.indices[: len(axes)]
        stmt = inner(tuple(Name(n, INT) for n in names))
        for name, axis in reversed(list(zip(names, axes, strict=True))):
            stmt = For(name, INT_ZERO, axis.length, INT_ONE, (replace(stmt, span=self.span),), None, self.span)
        self.out.append(stmt)

    def require_alike(self, axis: Axis, other: Axis) -> None:
        if other.single or axis.length == other.length:
            return
        if axis.single or axis.short or other.short or not self.checks:
            raise Kept
        differ = call(operator.ne, axis.length, other.length, kind=BOOL)
        error = Const(RuntimeError, Opaque("exception"))
        check = If(differ, (Raise(error, self.span),), (), self.span)
        if check not in self.out:
            self.out.append(check)

    def longest(self, regions: list[Region], axis: int) -> Axis:
        """The axis of the result, counted from the first: that of an operand that isn't stretched along it."""
        rank = max(len(r.axes) for r in regions)
        found = [r.axes[axis - rank + len(r.axes)] for r in regions if axis - rank + len(r.axes) >= 0]
        return next((a for a in found if not a.single), found[0])

    # Elements

    def element(self, value: Expr) -> tuple[Element, list[Region]]:
        """What an element of the value is, as a function of the indices, and the parts of arrays that it reads."""
        regions: list[Region] = []
        make = self.built(value, regions)
        if not regions:
            raise Kept
        return make, regions

    def built(self, value: Expr, regions: list[Region]) -> Element:
        if not isinstance(value.kind, Array) or value.kind.ndim == 0:
            scalar = self.scalar(value)
            return lambda at: scalar
        if isinstance(value, Apply) and value.fn in COPIES and not value.kwargs and len(value.args) == 1:
            return self.built(value.args[0], regions)
        if isinstance(value, Apply) and value.fn is np.full_like and len(value.args) == 2 and not value.kwargs:
            regions.append(self.leaf(value.args[0]))
            return self.built(value.args[1], regions)
        if isinstance(value, Apply) and (is_elementwise(value) or is_condition(value)):
            parts = [self.built(a, regions) for a in value.args]
            if value.fn is np.where:
                return lambda at: Choice(parts[0](at), parts[1](at), parts[2](at), element_of(value.kind))
            kind = element_of(value.kind)
            fn, text = value.fn, value.text
            return lambda at: Apply(fn, tuple(p(at) for p in parts), (), kind, text)
        region = self.leaf(value)
        regions.append(region)
        return lambda at: read(region, at)

    def scalar(self, value: Expr) -> Expr:
        """A scalar that is the same for all elements, worked out once."""
        if isinstance(value, (Name, Const)):
            return value
        if isinstance(value.kind, Array):
            raise Kept
        before = list(self.out), dict(self.lengths), set(self.parts)
        try:
            value = self.totalled(value)
        except Kept:
            self.out, self.lengths, self.parts = before
        name = self.fresh("c")
        self.out.append(Assign(name, value, self.span))
        return Name(name, value.kind)

    def leaf(self, value: Expr) -> Region:
        if not is_floats(value.kind):
            raise Kept
        if isinstance(value, Name):
            return self.region(value, Const(Ellipsis, Opaque("ellipsis")))
        if isinstance(value, Apply) and value.fn is operator.getitem and isinstance(value.args[0], Name):
            return self.region(value.args[0], value.args[1])
        if isinstance(value, Apply) and isinstance(value.fn, Attribute):
            raise Kept
        name = self.fresh("part")
        self.out.append(Assign(name, value, self.span))
        if isinstance(value, Apply) and value.fn in PRODUCTS:
            self.parts.add(name)
        return self.region(Name(name, value.kind), Const(Ellipsis, Opaque("ellipsis")))

    # Parts of arrays

    def region(self, base: Name, index: Expr) -> Region:
        if not isinstance(base.kind, Array):
            raise Kept
        given = list(index.items) if isinstance(index, Tuple) else [index]
        rank, used = base.kind.ndim, sum(not is_ellipsis(g) and not is_new_axis(g) for g in given)
        if not any(map(is_ellipsis, given)):
            given.append(Const(Ellipsis, Opaque("ellipsis")))
        at = next(i for i, g in enumerate(given) if is_ellipsis(g))
        full = Apply(slice, (NOTHING, NOTHING, NOTHING), (), Opaque("slice"))
        given[at : at + 1] = [full] * (rank - used)
        places: list[Expr | int] = []
        axes: list[Axis] = []
        for part in given:
            if is_new_axis(part):
                axes.append(Axis(INT_ONE, single=True))
            elif isinstance(part, Apply) and part.fn is slice:
                places.append(len(axes))
                axes.append(self.axis(base, len(places) - 1, part))
            elif isinstance(part.kind, Scalar) and part.kind.dtype[0] in "iu":
                count = self.length(base, len(places), base.kind.dims[len(places)])
                places.append(self.named(Apply(checked.index, (part, count), (), INT)))
            else:
                raise Kept
        return Region(base.id, base.kind, tuple(places), tuple(axes))

    def axis(self, base: Name, number: int, part: Apply) -> Axis:
        start, stop, step = (part.args + (NOTHING,) * 3)[:3]
        label = base.kind.dims[number]  # type: ignore[union-attr]
        whole = is_nothing(start) and is_nothing(stop) and is_nothing(step)
        if whole:
            return Axis(self.length(base, number, label), single=label == 1)
        stride = 1 if is_nothing(step) else constant(step)
        if stride is None or stride < 1:
            raise Kept
        count = self.length(base, number, label)
        first = INT_ZERO if is_nothing(start) else self.bound(start, count, checked.slice_start)
        last = count if is_nothing(stop) else self.bound(stop, count, checked.slice_stop)
        ends = (constant(start), constant(stop))
        length = difference(last, first)
        if (not is_nothing(start) and ends[0] is None) or (not is_nothing(stop) and ends[1] is None):
            length = call(max, length, INT_ZERO, kind=INT)
        last_only = ends[0] == -1 and is_nothing(stop)
        short = last_only or (ends[1] is not None and ends[1] - (ends[0] or 0) == 1)
        if stride > 1:
            rounded = call(operator.add, length, Const(stride - 1, INT), kind=INT)
            length = call(operator.floordiv, rounded, Const(stride, INT), kind=INT)
        return Axis(self.named(length), first, stride, short=short)

    def bound(self, value: Expr, count: Expr, settle: Callable[[int, int], int]) -> Expr:
        """An end of a slice. A start beyond the end leaves no elements, whatever it is then."""
        known = constant(value)
        if known is not None and known >= 0:
            return Const(known, INT) if settle is checked.slice_start else call(min, count, Const(known, INT), kind=INT)
        if known is not None and settle is checked.slice_stop:
            return difference(count, Const(-known, INT))
        return self.named(Apply(settle, (value, count), (), INT))

    def length(self, base: Name, number: int, label: Any) -> Expr:
        shape = call(Attribute("shape"), base, kind=Opaque("shape"))
        key = label if label is not None and label != 1 else (base.id, number)
        if key not in self.lengths:
            self.lengths[key] = Apply(operator.getitem, (shape, Const(number, INT)), (), INT)
        return self.lengths[key]

    def named(self, value: Expr) -> Expr:
        if isinstance(value, (Name, Const)):
            return value
        if value not in self.lengths:
            name = Name(self.fresh("n"), INT)
            self.out.append(Assign(name.id, value, self.span))
            self.lengths[value] = name
        return self.lengths[value]


def dtype_of(kind: Kind) -> str:
    return kind.dtype if isinstance(kind, Array) else "float64"
