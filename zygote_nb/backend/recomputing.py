"""Arrays that hold a simple function of another one's elements: it is worked out again where they are read.

What the function is of must be the same there: it is written once, or not between the place where the elements are
stored and those where they are read (``-0.7 * d_y[i, j]``, where nothing is added to ``d_y`` meanwhile). Whatever is
bound once, in the text, is bound in each iteration of the loops around it, so it counts what these loops are: see
``Where``.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from itertools import count

from zygote_nb.backend.contraction import allocations, below, is_alike, shape_of, times_bound, used, used_in
from zygote_nb.backend.sharing import sharing_memory
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
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
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import (
    blocks,
    bound,
    expressions,
    map_expressions,
    rebuild,
    root,
    statements,
    subexpressions,
    substitute,
    with_blocks,
)

SIMPLE = {operator.mul, operator.neg, operator.add, operator.sub}
MOST = 1
"""How many operations are done again."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What the element is whose place the variables ``indices`` of loops say."""

    indices: tuple[str, ...]
    value: Expr

    def at(self, index: Expr) -> Expr:
        return substitute(self.value, dict(zip(self.indices, items_of(index), strict=True)))


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a statement in the text, and the blocks around it: of which statement, and of which loop."""

    order: int
    around: tuple[tuple[int, int, str | None], ...] = ()

    def is_around(self, other: Where) -> bool:
        """Whether the other is in the same iteration of all loops that are around this."""
        return other.around[: len(self.around)] == self.around


OUTERMOST = Where(0)


def with_recomputed(function: Generated, indices: frozenset[str], apart: bool = False) -> Generated:
    """The function, in which the variables ``indices`` are those of loops for array statements.

    ``apart`` says that its parameters share no memory.
    """
    body = (*function.forward, *function.backward)
    made, formulas = allocations(function), dict(formulas_in(body, indices))
    uses = Counter(n for s in statements(body) for n in used(s))
    uses.update(n for r in function.results for n in used_in(r))
    reads = Counter(n for s in statements(body) for n in elements_read(s))
    groups = sharing_memory(function, apart)
    text = Text({n for n in formulas if n in made and uses[n] == reads[n] + 1}, body, groups)
    steady = {n for n in text.arrays if text.is_steady(n, formulas[n])}
    counts = times_bound(function)
    again = {n: formulas[n] for n in steady if is_simple(n, formulas[n], steady, counts)}
    again = {n: f for n, f in again.items() if text.is_same(n, f)}
    again |= {n: formulas[n] for n in unwritten(text, steady - set(again), formulas, set(again), counts)}
    if not again:
        return function
    writer = Recomputing(again, {n: made[n] for n in again}, indices)
    return replace(function, forward=writer.block(function.forward), backward=writer.block(function.backward))


def unwritten(
    text: Text, arrays: set[str], formulas: dict[str, Formula], others: set[str], counts: Counter[str]
) -> set[str]:
    """Of the arrays those whose elements can be worked out again from elements that nothing writes to meanwhile.

    These are not worked out again themselves, as the ``others`` are.
    """
    sources = {n: source for n in arrays if (source := source_of(formulas[n], counts)) is not None}
    named = {e.id for n in others for e in below(formulas[n].value) if isinstance(e, Name)}
    found = {n for n, s in sources.items() if s != n and s not in others and n not in named}
    found = {n for n in found if text.is_same(n, formulas[n]) and text.is_unwritten(n, formulas[n], sources[n])}
    return {n for n in found if sources[n] not in found}


def source_of(formula: Formula, counts: Counter[str]) -> str | None:
    """The array of whose one element the value is one operation, at a place that the indices say."""
    elements = [e for e in subexpressions(formula.value) if is_element(e)]
    if len(elements) != 1 or not isinstance(elements[0], Apply):
        return None
    array, index = elements[0].args
    of_number = rebuild(formula.value, lambda e: ZERO if e == elements[0] else e)
    whole = {e.id for e in subexpressions(index) if isinstance(e, Name)} <= set(formula.indices)
    simple = whole and is_simple("", replace(formula, value=of_number), set(), counts, elements=0)
    return array.id if simple and isinstance(array, Name) else None


class Text:
    """Where variables are bound, and where the ``arrays``, of which each is stored to once, are stored to and read.

    In ``groups`` are variables that may share memory.
    """

    def __init__(self, arrays: set[str], body: Block, groups: dict[str, set[str]]) -> None:
        self.arrays, self.groups = arrays, groups
        self.all: list[Stmt] = []
        self.ends: list[int] = []
        self.indices: dict[str, list[Expr]] = {n: [] for n in arrays}
        self.bound: dict[str, Where] = {}
        self.stored: dict[str, Where] = {}
        self.read: dict[str, list[Where]] = {n: [] for n in arrays}
        for stmt, where in placed(body, count()):
            self.all.append(stmt)
            self.ends.append(where.order)
            for order, _, _ in where.around:
                self.ends[order] = where.order
            self.bound.update(dict.fromkeys(bound(stmt), where))
            if isinstance(stmt, Store) and isinstance(stmt.base, Name) and stmt.base.id in arrays:
                self.stored[stmt.base.id] = where
            for name, index in places_read(stmt):
                if name in arrays:
                    self.read[name].append(where)
                    self.indices[name].append(index)

    def is_steady(self, array: str, formula: Formula) -> bool:
        """Whether all elements are stored where the array was made, and read after that, before it is made again."""
        made, stored = self.bound[array], self.stored[array]
        within = [var for _, _, var in stored.around[len(made.around) :]]
        return (
            all(made.is_around(w) and made.order < stored.order <= w.order for w in (stored, *self.read[array]))
            and set(within) <= set(formula.indices)
            and len(within) == len(formula.indices)
        )

    def is_same(self, array: str, formula: Formula) -> bool:
        """Whether what the formula names is settled before the elements are stored, for as long as these are read."""
        made, stored = self.bound[array], self.stored[array]
        named = {e.id for e in below(formula.value) if isinstance(e, Name)} - set(formula.indices)
        places = [(self.bound[n], self.stored.get(n, self.bound[n])) for n in named if n in self.bound]
        return all(b.is_around(made) and last.order < stored.order for b, last in places)

    def is_unwritten(self, array: str, formula: Formula, source: str) -> bool:
        """Whether nothing writes to the source from where the elements are stored on, until they are read."""
        stored, group = self.stored[array], self.groups.get(source, {source})
        for where, index in zip(self.read[array], self.indices[array], strict=True):
            shared = 0
            while stored.around[: shared + 1] == where.around[: shared + 1] and shared < len(stored.around):
                shared += 1
            loops = {var for _, _, var in stored.around[:shared]} & set(formula.indices)
            here = dict(zip(formula.indices, items_of(index), strict=True))
            first = stored.around[shared][0] if shared < len(stored.around) else stored.order
            last = self.ends[where.around[shared][0]] if shared < len(where.around) else where.order
            if any(here[var] != Name(var) for var in loops) or any(
                may_write(s, group) for s in self.all[first : last + 1]
            ):
                return False
        return True


def may_write(stmt: Stmt, group: set[str]) -> bool:
    """Whether the statement may write to one of the variables, or to memory of one."""
    match stmt:
        case Assign(target):
            return target in group
        case Store(base=base) | Accumulate(base=Name() | Apply() as base):
            return root(base) in group
        case Accumulate(target):
            return target in group
    return not isinstance(stmt, For | If | Raise)


def placed(body: Block, orders: Iterator[int], around: Where = OUTERMOST) -> Iterator[tuple[Stmt, Where]]:
    """Every statement and its place."""
    for stmt in body:
        here = replace(around, order=next(orders))
        yield stmt, here
        var = stmt.var if isinstance(stmt, For) else None
        for number, block in enumerate(blocks(stmt)):
            yield from placed(block, orders, replace(here, around=(*here.around, (here.order, number, var))))


def items_of(index: Expr) -> tuple[Expr, ...]:
    return index.items if isinstance(index, Tuple) else (index,)


def formulas_in(body: Block, indices: frozenset[str]) -> Iterator[tuple[str, Formula]]:
    for stmt in statements(body):
        if isinstance(stmt, Store) and isinstance(stmt.base, Name) and is_double(stmt.value) and is_alike(stmt):
            names = tuple(i.id for i in items_of(stmt.index) if isinstance(i, Name) and i.id in indices)
            if len(set(names)) == len(items_of(stmt.index)):
                yield stmt.base.id, Formula(names, stmt.value)


def elements_read(stmt: Stmt) -> Iterator[str]:
    return (name for name, _ in places_read(stmt))


def places_read(stmt: Stmt) -> Iterator[tuple[str, Expr]]:
    for whole in expressions(stmt):
        for e in below(whole):
            if is_element(e):
                yield e.args[0].id, e.args[1]  # type: ignore[union-attr]


def is_element(expr: Expr) -> bool:
    return isinstance(expr, Apply) and is_getitem(expr) and isinstance(expr.args[0], Name) and is_number(expr)


def is_double(expr: Expr) -> bool:
    return getattr(expr.kind, "dtype", "") == "float64"


def is_number(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar)


def is_simple(name: str, formula: Formula, steady: set[str], counts: Counter[str], elements: int = 1) -> bool:
    """Whether the value is one operation on an element at the same place, of an array that is written once, too."""
    operations = found = 0
    waiting = [formula.value]
    while waiting:
        match waiting.pop():
            case Const():
                pass
            case Name(id) as scalar if is_number(scalar) and counts[id] <= 1 and id not in formula.indices:
                pass
            case Apply(args=(Name(id), index)) as e if is_element(e):
                found += 1
                same = tuple(i.id for i in items_of(index) if isinstance(i, Name)) == formula.indices
                if not same or id not in steady or id == name:
                    return False
            case Apply(fn=fn, args=args, kwargs=()) if fn in SIMPLE:
                operations += 1
                waiting += args
            case _:
                return False
    return operations <= MOST and found == elements


@dataclass(frozen=True, slots=True)
class Recomputing:
    """Writes ``formulas`` in the place of elements of arrays, for whose lengths there are ``shapes``.

    Of loops with the variables ``indices`` none is left that does nothing.
    """

    formulas: dict[str, Formula]
    shapes: dict[str, tuple[Expr, ...]]
    indices: frozenset[str]

    def block(self, block: Block) -> Block:
        left = (self.statement(s) for s in block if not self.is_gone(s))
        return tuple(s for s in left if not (isinstance(s, For) and s.var in self.indices and not s.body))

    def is_gone(self, stmt: Stmt) -> bool:
        match stmt:
            case Assign(target):
                return target in self.formulas
            case Store(base=Name(id)):
                return id in self.formulas
        return False

    def statement(self, stmt: Stmt) -> Stmt:
        new = map_expressions(stmt, self.changed)
        return with_blocks(new, tuple(map(self.block, blocks(stmt))))

    def changed(self, expr: Expr) -> Expr:
        return rebuild(expr, self.renewed)

    def renewed(self, expr: Expr) -> Expr:
        if (array := shape_of(expr)) in self.shapes:
            return self.changed(self.shapes[array][expr.args[1].value])  # type: ignore[index, union-attr]
        if is_element(expr) and expr.args[0].id in self.formulas:  # type: ignore[union-attr]
            return self.changed(self.formulas[expr.args[0].id].at(expr.args[1]))  # type: ignore[union-attr]
        return expr
