"""What several array statements add to shifted parts of one array, gathered: each element is written to once.

``y[1:] += x; y[:-1] -= x`` goes through memory twice. In the part of ``y`` that both reach, one loop says ``y[i + 1] =
y[i + 1] + x[i] - x[i + 1]``; what only one of them reaches comes before and after it. Each element gets the same
numbers in the same order.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

from zygote_nb.analysis.iterations import parts_of
from zygote_nb.analysis.linear import Form
from zygote_nb.backend.accesses import Barrier, Entry, Nest, conflict, entry, is_nest
from zygote_nb.backend.contraction import allocations, is_alike
from zygote_nb.backend.numbering import Numbering
from zygote_nb.backend.recomputing import with_recomputed
from zygote_nb.backend.sharing import sharing_memory
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ZERO,
    Accumulate,
    Apply,
    Block,
    Const,
    Expr,
    For,
    If,
    Name,
    Stmt,
    Store,
    Tuple,
    is_getitem,
    logical_and,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import apart, plus_constant
from zygote_nb.ir.kinds import BOOL, INT, Array, Scalar
from zygote_nb.ir.walk import all_bound, blocks, names, statements, subexpressions, substitute, with_blocks

SIMPLE = {operator.add, operator.sub, operator.mul, operator.neg, operator.truediv}
MOST_OPERATIONS = 4
MOST_PIECES = 24
"""How many statements there may be for what only some of them reach."""
MOST_AXES = 2
"""Along how many axes places may differ: there are more borders with each."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A nest that adds a number to each element of a part of an array.

    Of an axis ``ahead`` says by how much its index is ahead of the variable of its loop; without one, the index itself.
    """

    nest: Nest
    loops: tuple[For, ...]
    stmt: Accumulate
    lengths: tuple[Form, ...]
    variables: tuple[str | None, ...]
    ahead: tuple[int | Expr, ...]

    @property
    def array(self) -> str:
        return self.stmt.target

    @property
    def fixed(self) -> list[int | Expr]:
        return [a for v, a in zip(self.variables, self.ahead, strict=True) if v is None]


def with_gathers(function: Generated, indices: frozenset[str], apart: bool) -> Generated:
    """The function, in which the variables ``indices`` are those of loops for array statements.

    ``apart`` says that its parameters share no memory.
    """
    body = (*function.forward, *function.backward)
    if not any(is_worth_it(block, indices) for block in all_blocks(body)):
        return function
    recomputed = with_recomputed(function, indices, apart)
    made, groups = frozenset(allocations(recomputed)), sharing_memory(recomputed, apart)
    gatherer = Gatherer(Numbering(), indices, made, groups)
    forward, backward = gatherer.block(recomputed.forward), gatherer.block(recomputed.backward)
    return replace(recomputed, forward=forward, backward=backward) if gatherer.found else function


def all_blocks(block: Block) -> Iterator[Block]:
    yield block
    for stmt in statements(block):
        yield from blocks(stmt)


def is_worth_it(block: Block, indices: frozenset[str]) -> bool:
    """Whether two nests of the block add to different elements of one array, for all that is known."""
    found: dict[str, Expr] = {}
    for stmt in block:
        leaf = innermost(stmt)[1] if is_nest(stmt, indices) else None
        index = leaf.index if isinstance(leaf, Accumulate) else None
        if index is not None and found.setdefault(leaf.target, index) != index:  # type: ignore[union-attr]
            return True
    return False


def innermost(stmt: Stmt) -> tuple[tuple[For, ...], Stmt]:
    """The loops of a nest around its one statement, and that, which is a loop where there are more."""
    loops: list[For] = []
    while isinstance(stmt, For) and len(stmt.body) == 1:
        loops.append(stmt)
        stmt = stmt.body[0]
    return tuple(loops), stmt


@dataclass(slots=True)
class Gatherer:
    """Goes through a program from its start.

    The arrays ``made`` are new ones, which may come to need no memory; in ``groups`` are variables that may share some.
    """

    numbering: Numbering
    indices: frozenset[str]
    made: frozenset[str]
    groups: dict[str, set[str]]
    found: bool = False

    def share(self, a: str, b: str) -> bool:
        return a == b or b in self.groups.get(a, ())

    def block(self, block: Block) -> Block:
        stmts: list[Stmt] = []
        open_groups: dict[str, list[tuple[int, Sum]]] = {}
        instead: dict[int, Block] = {}
        for k, stmt in enumerate(block):
            found = entry(stmt, self.indices, self.numbering)
            one = self.sum_of(found) if isinstance(found, Nest) else None
            for array, group in list(open_groups.items()):
                if self.ends(group, found, one):
                    self.close(open_groups.pop(array), instead)
            if one is not None:
                open_groups.setdefault(one.array, []).append((k, one))
            stmts.append(self.inside(stmt) if isinstance(found, Barrier) and blocks(stmt) else stmt)
            self.numbering.after(stmt)
        for group in open_groups.values():
            self.close(group, instead)
        return tuple(s for k, stmt in enumerate(stmts) for s in instead.get(k, (stmt,)))

    def ends(self, group: list[tuple[int, Sum]], found: Entry, one: Sum | None) -> bool:
        """Whether what the group adds has to be added before a statement that is no part of it."""
        first = group[0][1]
        if one is not None and one.array == first.array:
            return not self.are_alike(first, one)
        return any(conflict(found, s.nest, self.share) for _, s in group)

    def are_alike(self, a: Sum, b: Sum) -> bool:
        """Whether both add to one array, and to equally many elements along each axis."""
        lengths = (tuple(map(self.numbering.normal, s.lengths)) for s in (a, b))
        return (a.array, a.variables, a.fixed) == (b.array, b.variables, b.fixed) and len(set(lengths)) == 1

    def inside(self, stmt: Stmt) -> Stmt:
        self.numbering.forget(all_bound((stmt,)))
        changed: list[Block] = []
        for block in blocks(stmt):
            with self.numbering.inside(stmt):
                changed.append(self.block(block))
        return with_blocks(stmt, tuple(changed))

    def sum_of(self, nest: Nest) -> Sum | None:
        loops, stmt = innermost(nest.loop)
        if not isinstance(stmt, Accumulate) or stmt.index is None or stmt.base not in (None, Name(stmt.target)):
            return None
        kind, parts = stmt.kind, parts_of(stmt.index)
        if not isinstance(kind, Array) or kind.dtype != "float64" or not is_alike(stmt) or parts is None:
            return None
        own = {loop.var for loop in loops}
        if len(parts) != kind.ndim or any(names(loop.stop) & own for loop in loops) or not self.is_simple(stmt):
            return None
        places = [ahead_of(part, own) for part in parts]
        if None in places or [v for v, _ in places if v is not None] != [loop.var for loop in loops]:  # type: ignore[misc]
            return None
        lengths = tuple(self.numbering.bound_of(loop.stop) for loop in loops)
        variables, ahead = zip(*places, strict=True)  # type: ignore[arg-type]
        return Sum(nest, loops, stmt, lengths, variables, ahead)

    def is_simple(self, stmt: Accumulate) -> bool:
        """Whether what is added is cheap, and made of numbers and of elements of other arrays."""
        operations = 0
        waiting = [stmt.value]
        while waiting:
            match waiting.pop():
                case Const() | Name(kind=Scalar()):
                    pass
                case Apply(args=(Name(id), index)) as e if is_getitem(e):
                    parts = parts_of(index)
                    if self.share(id, stmt.target) or parts is None or not all(map(is_index, parts)):
                        return False
                case Apply(fn=fn, args=args, kwargs=()) if fn in SIMPLE:
                    operations += 1
                    waiting += args
                case _:
                    return False
        return operations <= MOST_OPERATIONS

    def close(self, group: list[tuple[int, Sum]], instead: dict[int, Block]) -> None:
        """Gathers what the nests add, where the last of them is."""
        sums = [s for _, s in group]
        axes = [a for a, var in enumerate(sums[0].variables) if var is not None and len({s.ahead[a] for s in sums}) > 1]
        places = len({s.ahead for s in sums})
        new = set().union(*(names(s.stmt.value) & self.made for s in sums))
        if not axes or len(axes) > MOST_AXES or places <= 2 * len(new):
            return
        border = Border(sums)
        if border.pieces() > MOST_PIECES:
            return
        self.found = True
        for k, _ in group[:-1]:
            instead[k] = ()
        instead[group[-1][0]] = border.gathered(axes)


def ahead_of(part: Expr, own: set[str]) -> tuple[str | None, int | Expr] | None:
    """Which of the variables an index has, and by how much it is ahead; None if it is of another form."""
    rest, number = apart(part)
    if isinstance(rest, Name) and rest.id in own:
        return (rest.id, number) if number >= 0 else None
    return None if names(part) & own else (None, part)


def is_index(part: Expr) -> bool:
    return isinstance(part.kind, Scalar) and all(
        isinstance(e, Name | Const) or (isinstance(e, Apply) and e.fn in (operator.add, operator.sub))
        for e in subexpressions(part)
    )


Moved = tuple[Sum, dict[str, Expr]]
"""A sum, and the places that stand for the variables of its loops."""


@dataclass(frozen=True, slots=True)
class Border:
    """Writes what the ``sums`` add to one array: where all of them add something, and beside that."""

    sums: list[Sum]

    def gathered(self, axes: list[int]) -> Block:
        """The statements, and what they replace for arrays in which there is nothing that all of them reach."""
        first = self.sums[0]
        asked = [Apply(operator.ge, (self.length(a), Const(self.width(a), INT)), (), BOOL) for a in axes]
        tests = tuple(dict.fromkeys(asked))
        test = tests[0] if len(tests) == 1 else Apply(logical_and, tests, (), BOOL)
        plain: Block = tuple(s.stmt for s in self.sums)
        for loop in reversed(first.loops):
            plain = (replace(loop, body=plain),)
        here = tuple((s, {}) for s in self.sums)
        return (If(test, self.along(0, here, ()), plain, first.stmt.span),)

    def pieces(self) -> int:
        axes = [a for a, var in enumerate(self.sums[0].variables) if var is not None]
        return sum(self.width(a) for a in axes for _ in self.sums)

    def loop(self, axis: int) -> For:
        return next(loop for loop in self.sums[0].loops if loop.var == self.sums[0].variables[axis])

    def length(self, axis: int) -> Expr:
        return self.loop(axis).stop

    def ends(self, sums: tuple[Sum, ...], axis: int) -> tuple[int, int]:
        found = [s.ahead[axis] for s in sums]
        return min(found), max(found)  # type: ignore[type-var, return-value]

    def width(self, axis: int) -> int:
        low, high = self.ends(tuple(self.sums), axis)
        return high - low

    def along(self, axis: int, sums: tuple[Moved, ...], index: tuple[Expr, ...]) -> Block:
        """What is added along the axes from this one on, at the places ``index`` on those before it."""
        first = sums[0][0]
        if axis == len(first.variables):
            return (self.added(sums, index),)
        var = first.variables[axis]
        if var is None:
            return self.along(axis + 1, sums, (*index, first.ahead[axis]))  # type: ignore[arg-type]
        low, high = self.ends(tuple(s for s, _ in sums), axis)
        loop, stop, count = self.loop(axis), self.length(axis), Name(var, INT)

        def at(number: int, origin: Expr, chosen: tuple[Moved, ...]) -> Block:
            moved = tuple((s, {**m, var: plus_constant(origin, number - s.ahead[axis])}) for s, m in chosen)  # type: ignore[operator]
            return self.along(axis + 1, moved, (*index, plus_constant(origin, number)))

        def reached(number: int, origin: Expr, some: tuple[Moved, ...]) -> Block:
            """What some add at a place along the axis, at once if they are at one place along the others."""
            if len({s.ahead[axis + 1 :] for s, _ in some}) == 1:
                return at(number, origin, some)
            return tuple(stmt for one in some for stmt in at(number, origin, (one,)))

        before = tuple(
            s
            for k in range(low, high)
            for s in reached(k, INT_ZERO, tuple(one for one in sums if one[0].ahead[axis] <= k))  # type: ignore[operator]
        )
        after = tuple(
            s
            for k in range(low, high)
            for s in reached(k, stop, tuple(one for one in sums if one[0].ahead[axis] > k))  # type: ignore[operator]
        )
        inner = replace(loop, stop=plus_constant(stop, low - high), body=at(high, count, sums))
        return (*before, inner, *after)

    def added(self, sums: tuple[Moved, ...], index: tuple[Expr, ...]) -> Stmt:
        first = sums[0][0].stmt
        where = index[0] if len(index) == 1 else Tuple(index)
        values = [moved(s.stmt.value, m) for s, m in sums]
        if len(values) == 1:
            return replace(sums[0][0].stmt, index=where, value=values[0])
        base = Name(first.target, first.kind)
        total: Expr = Apply(operator.getitem, (base, where), (), values[0].kind)
        for value in values:
            negative = isinstance(value, Apply) and value.fn is operator.neg
            fn, other = (operator.sub, value.args[0]) if negative else (operator.add, value)  # type: ignore[union-attr]
            total = Apply(fn, (total, other), (), value.kind)
        return Store(base, where, total, span=first.span)


def moved(value: Expr, places: dict[str, Expr]) -> Expr:
    """The value with other places of the loops; indices are written as one would."""
    match value:
        case Apply(args=(base, where)) if is_getitem(value):
            parts = tuple(settled(p, places) for p in parts_of(where) or ())
            index = replace(where, items=parts) if isinstance(where, Tuple) else parts[0]
            return replace(value, args=(base, index))
        case Apply():
            return replace(value, args=tuple(moved(a, places) for a in value.args))
    return substitute(value, places)


def settled(part: Expr, places: dict[str, Expr]) -> Expr:
    rest, number = apart(part)
    return plus_constant(substitute(rest, places), number)
