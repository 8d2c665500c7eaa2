"""Arrays that only one loop reads and writes, always the element at hand, as variables."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator

import numpy as np

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
    Expr,
    For,
    Name,
    Stmt,
    Store,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    children,
    expressions,
    map_expressions,
    rebuild,
    statements,
    with_blocks,
)

ELEMENTS = ("float64", "float32", "bool")


def with_contractions(function: Generated, indices: frozenset[str]) -> Generated:
    """The function, in which the variables ``indices`` are those of loops for array statements."""
    body = (*function.forward, *function.backward)
    made = allocations(function)
    uses = Counter(n for s in statements(body) for n in used(s)) + Counter(
        n for r in function.results for n in used_in(r)
    )
    places = {
        name: index
        for stmt in statements(body)
        if isinstance(stmt, For) and stmt.var in indices
        for name, index in elements_of(stmt.body, made)
        if uses[name] == sum(list(used(s)).count(name) for s in statements(stmt.body))
    }
    shapes = {n: made[n] for n in places}
    taken = set(function.params) | all_bound(body) | all_read(body)
    writer = Contraction(places, shapes, taken)
    forward, backward = writer.block(function.forward), writer.block(function.backward)
    return replace(function, forward=forward, backward=backward)


def times_bound(function: Generated) -> Counter[str]:
    """How often each variable is bound, in the text; a parameter is bound by the call, too."""
    body = (*function.forward, *function.backward)
    return Counter(n for s in statements(body) for n in bound(s)) + Counter(function.params)


def allocations(function: Generated) -> dict[str, tuple[Expr, ...]]:
    """The shapes of arrays that are bound once, where what these are made of is bound once, too."""
    counts, found = times_bound(function), {}
    for stmt in statements((*function.forward, *function.backward)):
        match stmt:
            case Assign(target, Apply(fn=np.empty, args=(Tuple(items=items), *_), kind=Array(dtype=dtype))):
                named = {e.id for i in items for e in below(i) if isinstance(e, Name)}
                if dtype in ELEMENTS and all(counts[n] <= 1 for n in (target, *named)):
                    found[target] = items
    return found


def below(expr: Expr) -> Iterator[Expr]:
    yield expr
    for part in children(expr):
        yield from below(part)


def used(stmt: Stmt) -> Iterator[str]:
    """The variables that the statement itself reads or writes to, other than for a shape."""
    if isinstance(stmt, Accumulate) and stmt.base is None:
        yield stmt.target
    for name in ("base", "callee"):
        if isinstance(found := getattr(stmt, name, None), str):
            yield found
    for expr in expressions(stmt):
        yield from used_in(expr)


def used_in(expr: Expr) -> Iterator[str]:
    if isinstance(expr, Name):
        yield expr.id
    if not shape_of(expr):
        for part in children(expr):
            yield from used_in(part)


def shape_of(expr: Expr) -> str | None:
    """The array of which the expression is the length of an axis."""
    match expr:
        case Apply(fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(Name(id),)), Const(value=int()))):
            return id
    return None


def elements_of(body: Block, made: dict[str, tuple[Expr, ...]]) -> Iterator[tuple[str, Expr]]:
    """New arrays of which the body first writes, and then reads, one element; loops in it only read it."""
    found: dict[str, Expr] = {}
    changed = all_bound(body)
    for stmt in body:
        if isinstance(stmt, Store) and isinstance(stmt.base, Name) and stmt.base.id in made and is_alike(stmt):
            found.setdefault(stmt.base.id, stmt.index)
    for name, index in found.items():
        first = next(i for i, s in enumerate(body) if any(name in used(inner) for inner in statements((s,))))
        steady = not changed & {e.id for e in below(index) if isinstance(e, Name)}
        here = isinstance(body[first], Store) and all(is_only(name, index, s, i == first) for i, s in enumerate(body))
        if steady and here:
            yield name, index


def is_alike(stmt: Store | Accumulate) -> bool:
    """Whether a number of the array's precision is stored or added."""
    kind = stmt.base.kind if isinstance(stmt, Store) else stmt.kind
    return getattr(stmt.value.kind, "dtype", None) == getattr(kind, "dtype", "")


def is_only(name: str, index: Expr, stmt: Stmt, first: bool) -> bool:
    """Whether the statement has to do with nothing of the array but the element."""
    place = Apply(operator.getitem, (Name(name), index))
    if blocks(stmt):
        inner = [s for block in blocks(stmt) for s in statements(block)]
        return (
            name not in used(stmt)
            and not any(written(s) == name for s in inner)
            and all(blocks(s) or is_only(name, index, s, False) for s in inner)
        )
    count = sum(n == name for n in used(stmt))
    match stmt:
        case Store(base=Name(id), index=at) if id == name:
            fits = at == index and is_alike(stmt) and not (first and count > 1)
            return fits and count - 1 == sum(e == place for e in below(stmt.value))
        case Accumulate(target=id, index=at, base=None | Name()) if id == name:
            return at == index and is_alike(stmt) and count - 1 == sum(e == place for e in below(stmt.value))
    return count == sum(e == place for whole in expressions(stmt) for e in below(whole))


def written(stmt: Stmt) -> str | None:
    """The array of which the statement writes or adds to an element."""
    match stmt:
        case Store(base=Name(id)):
            return id
        case Accumulate(target=id):
            return id
    return None


@dataclass(slots=True)
class Contraction:
    """Writes variables for elements: of arrays the ``places``, and the ``shapes`` that others may ask for.

    ``now`` are the variables that hold the elements.
    """

    places: dict[str, Expr]
    shapes: dict[str, tuple[Expr, ...]]
    taken: set[str]
    now: dict[str, Name] = field(default_factory=dict)

    def block(self, block: Block) -> Block:
        return tuple(new for s in block for new in self.statement(s))

    def statement(self, stmt: Stmt) -> Block:
        match stmt:
            case Assign(target=target) if target in self.places:
                return ()
            case Store(base=Name(id), value=value) if id in self.places:
                return (self.held(id, self.changed(value), stmt),)
            case Accumulate(target=id, index=index, value=value) if id in self.places and index is not None:
                now = self.now[id]
                return (self.held(id, Apply(operator.add, (now, self.changed(value)), (), now.kind), stmt),)
        new = map_expressions(stmt, self.changed)
        if isinstance(new, For):
            new = replace(new, stop=not_floored(new.stop))
        return (with_blocks(new, tuple(map(self.block, blocks(stmt)))),)

    def held(self, array: str, value: Expr, stmt: Store | Accumulate) -> Stmt:
        name = array
        while array in self.now and name in self.taken:
            name += "_"
        self.taken.add(name)
        if getattr(value.kind, "dtype", "") == "float32":
            value = Apply(np.float32, (value,), (), value.kind)
        self.now[array] = Name(name, value.kind)
        return Assign(name, value, stmt.span)

    def changed(self, expr: Expr) -> Expr:
        return rebuild(expr, self.renewed)

    def renewed(self, expr: Expr) -> Expr:
        if (array := shape_of(expr)) in self.shapes:
            return self.changed(self.shapes[array][expr.args[1].value])  # type: ignore[index, union-attr]
        if isinstance(expr, Apply) and is_getitem(expr) and isinstance(expr.args[0], Name):
            return self.now.get(expr.args[0].id, expr) if expr.args[0].id in self.places else expr
        return expr


def not_floored(stop: Expr) -> Expr:
    """The end of a loop, which runs never where it is less than zero."""
    match stop:
        case Apply(fn=fn, args=(inner, other)) if fn is max and other == INT_ZERO:
            return inner
    return stop
