"""Arrays that each iteration makes and keeps for the way back, as the rows of one array.

A list of arrays (``tape.append((e, t))``) is memory that is asked for piece by piece. Where the number of iterations
and the shape of what each of them keeps are known before the loop, there is one array for all, in which an iteration
works on a row of its own, and finds it on the way back.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from zygote_nb.backend.contraction import ELEMENTS, shape_of, times_bound
from zygote_nb.backend.stacks import is_empty_list, others_read, parts_of
from zygote_nb.backend.unset import fresh
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Expr,
    For,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    call,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import minus, plus
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    breaks,
    expressions,
    map_expressions,
    names,
    rebuild,
    statements,
    subexpressions,
    with_blocks,
)

Part = TypeVar("Part")
DOWN = Const(-1, INT)


@dataclass(frozen=True, slots=True)
class Tape:
    """A list that the loop ``forward`` puts something on in each iteration, and ``backward`` takes it from."""

    start: Assign
    forward: For
    put: Append
    backward: For
    got: Pop


@dataclass(frozen=True, slots=True)
class Row:
    """Row ``number`` of the array ``shelf``, of this shape; ``whole`` says that a variable has to stand for it."""

    shelf: Name
    number: Expr
    shape: tuple[Expr, ...]
    whole: bool

    @property
    def view(self) -> Expr:
        return Apply(operator.getitem, (self.shelf, self.number), (), replace(self.kind, dims=self.kind.dims[1:]))

    @property
    def kind(self) -> Array:
        assert isinstance(self.shelf.kind, Array)
        return self.shelf.kind

    def place(self, index: Expr) -> Expr:
        return Tuple((self.number, *parts(index)))


def with_shelves(function: Generated) -> Generated:
    """The function with such arrays in the place of what it keeps on tapes."""
    if function.repeats:
        return function
    for tape in tuple(tapes_of(function)):
        function = shelved(function, tape)
    return function


def tapes_of(function: Generated) -> Iterator[Tape]:
    """Tapes of single loops, the second of which goes back through all iterations of the first."""
    loops = [s for s in function.forward if isinstance(s, For) and is_whole(s)]
    puts = {p.base: (s, p) for s in loops for p in s.body if isinstance(p, Append)}
    gots = {p.base: (s, p) for s in function.backward if isinstance(s, For) for p in s.body if isinstance(p, Pop)}
    if not puts.keys() & gots.keys():
        return
    body = tuple(statements((*function.forward, *function.backward)))
    counts = Counter(s.base for s in body if isinstance(s, Append | Pop))
    named = Counter(n for s in body for n in (*bound(s), *others_read(s)))
    named.update(n for r in function.results for n in names(r))
    steady = {n for n, count in times_bound(function).items() if count == 1}
    for start in function.forward:
        if isinstance(start, Assign) and is_empty_list(start.value) and start.target in puts.keys() & gots.keys():
            (one, put), (other, got) = puts[start.target], gots[start.target]
            alone = counts[start.target] == 2 and named[start.target] == 1
            alone = alone and len(parts_of(put.value)) == len(got.targets)
            if alone and is_mirrored(one, other) and names(one.start) | names(one.stop) <= steady:
                yield Tape(start, one, put, other, got)


def is_whole(loop: For) -> bool:
    """Whether all iterations of a loop happen, from one integer to the next or to the one before."""
    plain = loop.count is None and loop.snapshots is None and not breaks(loop.body)
    return plain and loop.step in (INT_ONE, DOWN)


def is_mirrored(loop: For, other: For) -> bool:
    plain = other.count is None and other.snapshots is None and not breaks(other.body)
    back = (minus(loop.stop, loop.step), minus(loop.start, loop.step), minus(INT_ZERO, loop.step))
    return plain and (other.start, other.stop, other.step) == back


def least(loop: For) -> Expr:
    """The least integer that the variable of such a loop is."""
    return loop.start if loop.step == INT_ONE else plus(loop.stop, INT_ONE)


def count(loop: For) -> Expr:
    """How many iterations there are; less than zero for none."""
    return minus(loop.stop, loop.start) if loop.step == INT_ONE else minus(loop.start, loop.stop)


def shelved(function: Generated, tape: Tape) -> Generated:
    """The function with an array for each of those that the tape holds, if its shape is known before the loop."""
    taken = {*function.params, *all_bound((*function.forward, *function.backward))}
    taken |= all_read((*function.forward, *function.backward))
    shapes = dict(known_shapes(function, tape))
    before: list[Stmt] = []
    kept: dict[str, Row] = {}
    found: dict[str, Row] = {}
    for part, target in zip(parts_of(tape.put.value), tape.got.targets, strict=True):
        if not isinstance(part, Name) or part.id not in shapes or part.id in kept:
            continue
        shape, made = shapes[part.id]
        name = fresh(f"kept_{part.id}", taken)
        taken.add(name)
        shelf = Name(name, Array(made.kind.dtype, (None,) * (len(shape) + 1)))  # type: ignore[union-attr]
        before.append(Assign(name, whole(count(tape.forward), shape, made, shelf), tape.put.span))
        here, there = (minus(Name(loop.var, INT), least(tape.forward)) for loop in (tape.forward, tape.backward))
        kept[part.id] = Row(shelf, here, shape, not is_by_entries(part.id, function.forward, tape.forward))
        found[target] = Row(shelf, there, shape, not is_by_entries(target, function.backward, tape.backward))
        if part.id != target and part.id in all_read(function.backward):
            kept[part.id] = replace(kept[part.id], whole=True)
    if not kept:
        return function
    left = tuple(not (isinstance(p, Name) and p.id in kept) for p in parts_of(tape.put.value))
    forward, backward = Writer(kept, tape, left), Writer(found, tape, left)
    empty = (tape.start,) if any(left) else ()
    return replace(
        function,
        forward=tuple(
            new
            for s in function.forward
            for new in (
                empty if s is tape.start else (*before, forward.loop(s)) if s is tape.forward else (s,)  # type: ignore[arg-type]
            )
        ),
        backward=tuple(backward.loop(s) if s is tape.backward else s for s in function.backward),  # type: ignore[arg-type]
    )


def whole(rows: Expr, shape: tuple[Expr, ...], made: Apply, shelf: Name) -> Apply:
    """New memory for all rows."""
    size = rows if shape_of(rows) else call(max, rows, INT_ZERO, kind=INT)
    return replace(made, args=(Tuple((size, *shape)), *made.args[1:]), kind=shelf.kind)


def known_shapes(function: Generated, tape: Tape) -> Iterator[tuple[str, tuple[tuple[Expr, ...], Apply]]]:
    """Of arrays that the loop makes in each iteration, the shape as it is known before, and what makes them.

    The iteration makes them before it puts them on the tape, which else holds those of the iteration before.
    """
    inside = all_bound(tape.forward.body) | {tape.forward.var}
    counts = times_bound(function)
    once = Counter(n for s in statements(function.forward) for n in bound(s))
    shapes: dict[str, tuple[Expr, ...]] = {}
    before = set(function.params)
    for stmt in tape.forward.body[: tape.forward.body.index(tape.put)]:
        before |= all_read((stmt,))
        match stmt:
            case Assign(target, Apply(fn=np.empty, args=(Tuple(items=items), *_), kind=Array(dtype=dtype)) as made):
                known = tuple(rebuild(i, lambda e: length_of(e, shapes)) for i in items)
                named = frozenset().union(*map(names, known))
                plain = all(isinstance(i, Const) or shape_of(i) for i in known) and dtype in ELEMENTS
                alone = once[target] == 1 and target not in before
                if plain and alone and not named & inside and all(counts[n] == 1 for n in named):
                    shapes[target] = known
                    yield target, (known, made)


def length_of(expr: Expr, shapes: dict[str, tuple[Expr, ...]]) -> Expr:
    """A length as it is known of an array of such a shape."""
    array = shape_of(expr)
    return shapes[array][expr.args[1].value] if array in shapes else expr  # type: ignore[union-attr]


def is_by_entries(array: str, sweep: Block, loop: For) -> bool:
    """Whether all that the sweep has to do with an array are its entries, and its lengths, in the loop."""
    if sum(array in bound(s) for s in statements(sweep)) != 1:
        return False
    inside = {id(s) for s in statements(loop.body)}
    return all(
        mentions(s, array) == 0 or (id(s) in inside and mentions(s, array) == entries(s, array))
        for s in statements(sweep)
        if not isinstance(s, Append)
    )


def mentions(stmt: Stmt, array: str) -> int:
    own = int(isinstance(stmt, Accumulate) and stmt.base is None and stmt.target == array)
    return own + sum(e == Name(array) for x in expressions(stmt) for e in subexpressions(x))


def entries(stmt: Stmt, array: str) -> int:
    """How often a statement reads an entry or a length, or writes an entry."""
    count = 0
    match stmt:
        case Store(base=Name(id) as base, index=index) if id == array:
            count += is_entry(index, base.kind)
        case Accumulate(target=id, base=None | Name(), index=index, kind=kind) if id == array and index is not None:
            count += is_entry(index, kind)
    for expr in (e for x in expressions(stmt) for e in subexpressions(x)):
        if isinstance(expr, Apply) and is_getitem(expr) and expr.args[0] == Name(array):
            count += is_entry(expr.args[1], expr.args[0].kind)
        count += shape_of(expr) == array
    return count


def parts(index: Expr) -> tuple[Expr, ...]:
    return index.items if isinstance(index, Tuple) else (index,)


def is_entry(index: Expr, kind: Kind) -> bool:
    items = parts(index)
    integers = all(isinstance(i.kind, Scalar) and i.kind.dtype == "int64" for i in items)
    return integers and isinstance(kind, Array) and len(items) == kind.ndim


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes ``rows`` for variables; ``left`` says which parts the tape still holds."""

    rows: dict[str, Row]
    tape: Tape
    left: tuple[bool, ...]

    def loop(self, loop: For) -> For:
        return replace(loop, body=self.block(loop.body))

    def block(self, block: Block) -> Block:
        return tuple(new for s in block for new in self.statement(s))

    def statement(self, stmt: Stmt) -> Block:
        if stmt is self.tape.put:
            values = self.those_left(parts_of(self.tape.put.value))
            value = values[0] if len(values) == 1 else Tuple(values)
            return (replace(self.tape.put, value=value),) if values else ()
        if stmt is self.tape.got:
            got = self.tape.got
            targets = self.those_left(got.targets)
            taken = replace(got, targets=targets, kinds=self.those_left(got.kinds))
            views = tuple(Assign(n, r.view, got.span) for n, r in self.rows.items() if r.whole)
            return (taken, *views) if targets else views
        if isinstance(stmt, Assign) and stmt.target in self.rows:
            row = self.rows[stmt.target]
            return (replace(stmt, value=row.view),) if row.whole else ()
        new = map_expressions(stmt, lambda e: rebuild(e, self.renewed))
        match new:
            case Store(base=Name(id)) if (row := self.entry(id)) is not None:
                new = replace(new, base=row.shelf, index=row.place(new.index))
            case Accumulate(target=id, index=index) if index is not None and (row := self.entry(id)) is not None:
                base = None if new.base is None else row.shelf
                new = replace(new, target=row.shelf.id, base=base, index=row.place(index), kind=row.kind)
        return (with_blocks(new, tuple(map(self.block, blocks(stmt)))),)

    def those_left(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(p for p, stays in zip(parts, self.left, strict=True) if stays)

    def entry(self, array: str) -> Row | None:
        """The row of which entries are read and written."""
        row = self.rows.get(array)
        return None if row is None or row.whole else row

    def renewed(self, expr: Expr) -> Expr:
        if (row := self.entry(shape_of(expr) or "")) is not None:
            return row.shape[expr.args[1].value]  # type: ignore[union-attr]
        if isinstance(expr, Apply) and is_getitem(expr) and isinstance(expr.args[0], Name):
            row = self.entry(expr.args[0].id)
            return expr if row is None else replace(expr, args=(row.shelf, row.place(expr.args[1])))
        return expr
