"""Array statements as the loops that a person would write: Numba compiles these sooner, and into faster code.

A statement whose value is built element by element from arrays (``A[1:-1] = 0.2 * (B[:-2] + B[2:])``) becomes a nest
of loops over its elements. It stays as it is where an operand may share memory with what is written, other than
element by element; where lengths turn out to differ as the program runs, the compiled code raises, and the interpreter
takes over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from zygote_nb.analysis.ownership import maybe_shared
from zygote_nb.backend.reductions import reduced, reduction, shared_out
from zygote_nb.backend.regions import (
    COPIES,
    Axis,
    Kept,
    Region,
    add_to,
    dtype_of,
    element_of,
    is_built,
    is_condition,
    is_elementwise,
    is_floats,
    is_full,
    is_kindred,
    is_like,
    is_mask,
    is_other,
    is_region,
    is_shape,
    is_square,
    is_sum,
    longest,
    named_dtype,
    read,
    squared,
    store,
)
from zygote_nb.backend.sharing import own_arrays
from zygote_nb.backend.slices import Slices
from zygote_nb.dataclass import dataclass, field, replace
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
    Name,
    Raise,
    Span,
    Stmt,
    Store,
    Tuple,
    call,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, Opaque
from zygote_nb.ir.walk import all_bound, all_read, blocks, names, rebuild, subexpressions, with_blocks
from zygote_nb.runtime import arrays

Element = Callable[[tuple[Expr, ...]], Expr]
PRODUCTS = {operator.matmul, np.dot}
"""What makes an array in memory of its own, in rows."""
SHAPED_LIKE = {arrays.unbroadcast, arrays.expand}
INDICES = ("i", "j", "k", "l")


@dataclass(frozen=True, slots=True)
class Nested:
    """A function with such loops; ``indices`` are their variables, ``lengths`` those for integers before them."""

    function: Generated
    indices: frozenset[str]
    lengths: frozenset[str]


def with_nests(function: Generated, buffers: frozenset[str], checks: bool = True) -> Nested:
    """The function with loops for its array statements; ``buffers`` are parameters whose memory nothing else shares.

    Unless the text ``checks`` lengths as the program runs, statements stay as they are where these may differ.
    """
    body = (*function.forward, *function.backward)
    taken = set(function.params) | all_bound(body) | all_read(body)
    writer = Writer(own_arrays(body, function.params, buffers), function.in_place, Slices(taken), checks)
    forward, backward = writer.block(function.forward), writer.block(function.backward)
    function = replace(function, forward=forward, backward=backward)
    return Nested(function, frozenset(writer.indices), frozenset(writer.slices.integers))


@dataclass(slots=True)
class Writer:
    """Writes loops. ``own`` are the arrays whose memory has one name; ``checks`` says that lengths may be compared.

    ``parts`` are new arrays that only the statement at hand reads, ``views`` says of others whose memory they show.
    """

    own: frozenset[str]
    in_place: frozenset[str]
    slices: Slices
    checks: bool = True
    indices: list[str] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)
    views: dict[str, set[str]] = field(default_factory=dict)

    def block(self, block: Block) -> Block:
        done: list[Stmt] = []
        for stmt in block:
            before = set(self.slices.taken)
            self.slices.out, self.slices.lengths, self.parts = [], {}, set()
            self.slices.span = getattr(stmt, "span", Span())
            try:
                self.statement(stmt)
                done += self.slices.out
            except Kept:
                self.slices.taken = before | set(self.indices)
                done.append(with_blocks(stmt, tuple(map(self.block, blocks(stmt)))))
        return tuple(done)

    def statement(self, stmt: Stmt) -> None:
        match stmt:
            case Store(base=Name() as base, add=False) if is_floats(base.kind) and base.id in self.own:
                region = self.slices.region(base, stmt.index)
                if region.axes:
                    self.into(region, stmt.value, store)
                else:
                    self.slices.out.clear()
                    self.slices.lengths.clear()
                    self.with_totals(stmt)
            case Accumulate(base=None, index=None) if is_floats(stmt.kind):
                if stmt.memory or stmt.target in self.in_place:
                    self.whole(stmt)
                else:
                    name = Name(stmt.target, stmt.kind)
                    value = Apply(operator.add, (name, stmt.value), (), stmt.kind)
                    self.made(stmt.target, value, *self.element(value))
            case Assign(target, value) if is_built(value):
                self.made(target, value, *self.element(value))
            case Assign(target, value) if (found := reduction(value)) is not None:
                reduced(self, target, found)
            case Assign(target, Apply(fn=fn, args=(Apply(), _)) as value) if fn in SHAPED_LIKE:
                regions: list[Region] = []
                element = self.shaped_like(value, regions)
                if element is None:
                    raise Kept
                self.made(target, value, element, regions)
            case Accumulate(index=index) if index is not None and self.is_own(stmt):
                self.into(self.slices.region(Name(stmt.target, stmt.kind), index), stmt.value, add_to)
            case Assign() | Accumulate() | Store():
                if not self.attempt(lambda: self.elsewhere(stmt)):
                    self.with_totals(stmt)
            case _:
                raise Kept

    def is_own(self, stmt: Accumulate) -> bool:
        """Whether what is added to is a part of an array of one name, by that name."""
        return self.is_by_name(stmt) and stmt.target in self.own

    def is_by_name(self, stmt: Accumulate) -> bool:
        return is_floats(stmt.kind) and (stmt.base is None or stmt.base == Name(stmt.target))

    def elsewhere(self, stmt: Stmt) -> None:
        """What is put into memory that may have other names, of arrays that have one."""
        match stmt:
            case Store(base=Name() as base, index=index, add=False) if is_floats(base.kind):
                self.into(self.slices.region(base, index), stmt.value, store)
            case Accumulate(index=index) if index is not None and self.is_by_name(stmt):
                self.into(self.slices.region(Name(stmt.target, stmt.kind), index), stmt.value, add_to)
            case _:
                raise Kept

    def with_totals(self, stmt: Assign | Accumulate | Store) -> None:
        """Sums of what is worked out element by element need no array."""
        value = self.totalled(stmt.value)
        if value == stmt.value:
            raise Kept
        self.slices.out.append(replace(stmt, value=value))

    def totalled(self, value: Expr) -> Expr:
        if any(isinstance(e, Choice) for e in subexpressions(value)):
            raise Kept
        return rebuild(value, lambda e: self.total(e) if is_sum(e) else e)  # type: ignore[arg-type]

    def total(self, value: Apply) -> Expr:
        summed = value.args[0]
        element, regions = self.element(summed)
        axes = tuple(longest(regions, i) for i in range(summed.kind.ndim))  # type: ignore[union-attr]
        held = self.slices.fresh("total")
        self.slices.out.append(Assign(held, Const(0.0), self.slices.span))
        self.nest(axes, regions, lambda at: Accumulate(held, element(at), kind=element_of(value.kind)))
        return Name(held, value.kind)

    def whole(self, stmt: Accumulate) -> None:
        if stmt.target not in self.own:
            raise Kept
        self.into(
            self.slices.region(Name(stmt.target, stmt.kind), Const(Ellipsis, Opaque("ellipsis"))), stmt.value, add_to
        )

    def into(self, target: Region, value: Expr, put: Callable[[Region, tuple[Expr, ...], Expr], Stmt]) -> None:
        """Loops that write the value into a region, by way of new memory where they would read what they wrote."""
        if not target.axes or is_other(value):
            raise Kept
        regions: list[Region] = []
        element = self.built(value, regions)
        if target.root not in self.own:
            self.require_apart(element(tuple(Name(n, INT) for n in self.names_of(target.axes))))
        if any(self.overlap(r, target) for r in regions):
            held = self.slices.fresh("whole")
            self.fill(held, element, regions, tuple(a.length for a in target.axes), dtype_of(target.kind))
            kind = Array(dtype_of(target.kind), (None,) * len(target.axes))
            element, regions = self.element(Name(held, kind))
        self.nest(target.axes, regions, lambda at: put(target, at, element(at)))

    def overlap(self, read: Region, target: Region) -> bool:
        """Whether an element may be read that was written for an earlier one."""
        return (read.root == target.root and read != target) or target.root in self.views.get(read.root, ())

    def require_apart(self, element: Expr) -> None:
        """Nothing is read but numbers, and arrays of one name: other memory may be what is written to."""
        arrays_read = {e.args[0].id for e in subexpressions(element) if is_getitem(e)}  # type: ignore[union-attr]
        if any(n not in self.own and self.views.get(n, {n}) for n in arrays_read):
            raise Kept

    def made(self, target: str, value: Expr, element: Element, regions: list[Region]) -> None:
        """``target = value`` in new memory."""
        axes = tuple(longest(regions, i) for i in range(value.kind.ndim))  # type: ignore[union-attr]
        reads = any(r.root == target for r in regions)
        worn = next((r for r in regions if r.root in self.parts and is_like(r, value, axes)), None)
        if worn is not None:
            self.nest(axes, regions, lambda at: store(worn, at, element(at)))
            self.slices.out.append(Assign(target, Name(worn.root, value.kind), self.slices.span))
            return
        name = self.slices.fresh(target) if reads else target
        self.fill(name, element, regions, tuple(a.length for a in axes), dtype_of(value.kind))
        if reads:
            self.slices.out.append(Assign(target, Name(name, value.kind), self.slices.span))

    def fill(self, name: str, element: Element, regions: list[Region], lengths: tuple[Expr, ...], dtype: str) -> None:
        axes = tuple(Axis(n) for n in lengths)
        shape = Tuple(tuple(map(self.extent, axes)))
        kind = Array(dtype, (None,) * len(axes))
        self.slices.out.append(Assign(name, Apply(np.empty, (shape, *named_dtype(dtype)), (), kind), self.slices.span))
        target = Region(name, kind, tuple(range(len(axes))), axes)
        self.nest(axes, regions, lambda at: store(target, at, element(at)))

    def extent(self, axis: Axis) -> Expr:
        """The length of a new axis."""
        return axis.length if is_shape(axis.length) else call(max, axis.length, INT_ZERO, kind=INT)

    def nest(self, axes: tuple[Axis, ...], regions: list[Region], inner: Callable[[tuple[Expr, ...]], Stmt]) -> None:
        self.require_all_alike(axes, regions)
        names = self.names_of(axes)
        body = (replace(inner(tuple(Name(n, INT) for n in names)), span=self.slices.span),)
        self.slices.out += self.around(body, names, axes)

    def names_of(self, axes: tuple[Axis, ...]) -> list[str]:
        while len(self.indices) < len(axes):
            self.indices.append(self.slices.fresh(INDICES[len(self.indices) % len(INDICES)]))
        return self.indices[: len(axes)]

    def around(self, body: Block, names: list[str], axes: tuple[Axis, ...]) -> Block:
        """Loops with such variables around a block."""
        for name, axis in reversed(list(zip(names, axes, strict=True))):
            body = (For(name, INT_ZERO, axis.length, INT_ONE, body, None, self.slices.span),)
        return body

    def require_all_alike(self, axes: tuple[Axis, ...], regions: list[Region]) -> None:
        for region in regions:
            shift = len(axes) - len(region.axes)
            if shift < 0:
                raise Kept
            for axis, other in zip(axes[shift:], region.axes, strict=True):
                self.require_alike(axis, other)

    def require_alike(self, axis: Axis, other: Axis) -> None:
        if other.single or axis.length == other.length:
            return
        if axis.single or axis.short or other.short or not self.checks:
            raise Kept
        self.require(call(operator.ne, axis.length, other.length, kind=BOOL))

    def require(self, failed: Expr) -> None:
        """A comparison after which the interpreter takes over where it holds."""
        error = Const(RuntimeError, Opaque("exception"))
        check = If(failed, (Raise(error, self.slices.span),), (), self.slices.span)
        if check not in self.slices.out:
            self.slices.out.append(check)

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
        if isinstance(value, Apply) and value.fn in SHAPED_LIKE and len(value.args) == 2 and not value.kwargs:
            found = self.shaped_like(value, regions)
            if found is not None:
                return found
        if isinstance(value, Apply) and (is_elementwise(value) or is_condition(value)):
            parts = [self.built(a, regions) for a in value.args]
            if is_square(value):
                return lambda at: squared(parts[0](at))
            if value.fn is np.where:
                return lambda at: Choice(parts[0](at), parts[1](at), parts[2](at), element_of(value.kind))
            kind = element_of(value.kind)
            fn, text = value.fn, value.text
            return lambda at: Apply(fn, tuple(p(at) for p in parts), (), kind, text)
        if isinstance(value, Apply) and (shares := shared_out(value)) is not None:
            return self.built(shares, regions)
        region = self.leaf(value)
        regions.append(region)
        return lambda at: read(region, at)

    def shaped_like(self, value: Apply, regions: list[Region]) -> Element | None:
        """What is summed or repeated to the shape of another array, where it turns out to have that shape."""
        before = list(self.slices.out), dict(self.slices.lengths), set(self.parts), list(regions)
        given, like = value.args
        try:
            self.shape(like, value.kind, regions)
            if isinstance(given.kind, Array) and not is_full(given.kind, like.kind):
                raise Kept
            return self.built(given, regions)
        except Kept:
            self.slices.out, self.slices.lengths, self.parts, regions[:] = before
            return None

    def shape(self, like: Expr, kind: Kind, regions: list[Region]) -> None:
        """Adds parts of arrays that have the shape together."""
        if isinstance(like, Apply) and is_elementwise(like):
            for arg in like.args:
                if isinstance(arg.kind, Array):
                    self.shape(arg, kind, regions)
        elif (
            is_floats(like.kind) and isinstance(like, (Name, Apply)) and is_region(like) and is_kindred(like.kind, kind)
        ):
            regions.append(self.leaf(like))
        else:
            raise Kept

    def attempt(self, write: Callable[[], None]) -> bool:
        """Whether something could be written; nothing is left of it if it couldn't."""
        before = list(self.slices.out), dict(self.slices.lengths), set(self.parts)
        try:
            write()
        except Kept:
            self.slices.out, self.slices.lengths, self.parts = before
            return False
        return True

    def scalar(self, value: Expr) -> Expr:
        """A scalar that is the same for all elements, worked out once."""
        if isinstance(value, (Name, Const)):
            return value
        if isinstance(value.kind, Array):
            raise Kept
        made: list[Expr] = []
        value = made[0] if self.attempt(lambda: made.append(self.totalled(value))) else value
        name = self.slices.fresh("c")
        self.slices.out.append(Assign(name, value, self.slices.span))
        return Name(name, value.kind)

    def leaf(self, value: Expr) -> Region:
        if not is_floats(value.kind) and not is_mask(value):
            raise Kept
        if isinstance(value, Name):
            return self.slices.region(value, Const(Ellipsis, Opaque("ellipsis")))
        if isinstance(value, Apply) and value.fn is operator.getitem and isinstance(value.args[0], Name):
            return self.slices.region(value.args[0], value.args[1])
        if isinstance(value, Apply) and isinstance(value.fn, Attribute):
            raise Kept
        name = self.slices.fresh("part")
        self.views[name] = maybe_shared(value) if isinstance(value, Apply) else names(value)
        found = reduction(value)
        if found is None or not self.attempt(lambda: reduced(self, name, found)):
            self.slices.out.append(Assign(name, value, self.slices.span))
        if isinstance(value, Apply) and value.fn in PRODUCTS:
            self.parts.add(name)
        return self.slices.region(Name(name, value.kind), Const(Ellipsis, Opaque("ellipsis")))
