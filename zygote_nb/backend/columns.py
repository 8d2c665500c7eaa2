"""Matrices that loops run down along their columns, kept as their transposes, so that these loops run along memory.

Nobody sees how a matrix lies in memory that the function makes for itself and only reads and writes by entries. What
Python made for a result is filled at the end from a transpose that the function makes.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from zygote_nb.analysis.iterations import Loops
from zygote_nb.analysis.linear import linear
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    INT_ONE,
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
    While,
    call,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    expressions,
    map_expressions,
    names,
    rebuild,
    root,
    statements,
    subexpressions,
    with_blocks,
)

Made = dict[str, Expr]
MAKERS = {np.zeros, np.empty}
COPIES = {np.copy, Method("copy")}
DEEP = 3
"""In how many loops entries are used of a matrix that it takes some work to transpose."""
OFTEN = 8
"""How often a loop runs, about."""


def with_columns(function: Generated, made: Made, results: frozenset[str]) -> tuple[Generated, Made]:
    """The function with such matrices transposed; ``made`` says of what its last parameters are made.

    Those that are ``results`` have to lie in memory as Python made them.
    """
    body = (*function.forward, *function.backward)
    uses = uses_of(body)
    chosen = {n for n in matrices(function, body, made) if uses.is_by_entries(n) and uses.runs_down(n)}
    chosen = {n for n in chosen if uses.depth[n] >= DEEP or not (n in results or is_copied(n, body))}
    if not chosen:
        return function, made
    taken = set(function.params) | all_bound(body) | all_read(body)
    writer = Writer({n: fresh(f"{n}_T", taken) if n in results else n for n in sorted(chosen)}, taken)
    forward, backward = writer.block(function.forward), writer.block(function.backward)
    pairs = [(Name(n, MATRIX), Name(writer.named[n], MATRIX)) for n in sorted(chosen & results)]
    begun = tuple(Assign(own.id, transposed_like(given, maker(made[given.id]))) for given, own in pairs)
    ended = tuple(writer.copied(given, own) for given, own in pairs)
    forward = (*begun, *forward) if forward else ()
    backward = (*(() if forward else begun), *backward, *ended) if backward else ()
    forward = forward if backward else (*forward, *ended)
    made = {n: turned(v) if n in chosen - results else v for n, v in made.items()}
    in_place = function.in_place | set(writer.named.values())
    return replace(function, forward=forward, backward=backward, in_place=in_place), made


MATRIX = Array("float64", (None, None))


def matrices(function: Generated, body: Block, made: Made) -> Iterator[str]:
    """Matrices of floats of which the function knows how they are made."""
    named = {n for r in function.results for n in names(r)}
    binders = Counter[str]()
    makers = Counter[str]()
    for stmt in statements(body):
        binders.update(bound(stmt))
        if isinstance(stmt, Accumulate) and stmt.index is None:
            makers[stmt.target] += 1
        if isinstance(stmt, Assign) and is_matrix(stmt.value.kind) and is_made(stmt.value):
            makers[stmt.target] += 1
    for name, value in made.items():
        if is_matrix(value.kind) and is_made(value) and binders[name] == makers[name] and name not in named:
            yield name
    for name in binders:
        if name not in function.params and binders[name] == makers[name] and name not in named:
            yield name


def is_matrix(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.ndim == 2 and kind.dtype == "float64"


def is_made(value: Expr) -> bool:
    match value:
        case Apply(fn=fn, args=(Tuple(items=(_, _)),), kwargs=()) if fn in MAKERS:
            return True
        case Apply(fn=fn, args=(Apply(fn=Attribute("shape"), args=(Name(kind=kind),)),), kwargs=()) if fn in MAKERS:
            return is_matrix(kind)
        case Apply(fn=fn, args=(Name(kind=kind),), kwargs=()) if fn is np.zeros_like or fn in COPIES:
            return is_matrix(kind)
    return False


def maker(value: Expr) -> Callable[..., object]:
    return np.zeros if isinstance(value, Apply) and value.fn is not np.empty else np.empty


def is_copied(name: str, body: Block) -> bool:
    """Whether the matrix is a copy somewhere: a transpose is copied across memory."""
    return any(isinstance(s, Assign) and s.target == name and is_copy(s.value) for s in statements(body))


def is_copy(value: Expr) -> bool:
    return isinstance(value, Apply) and value.fn in COPIES


@dataclass(slots=True)
class Uses:
    """How the matrices of a function are used: ``whole`` counts where they are named, ``parts`` where by entry.

    ``down`` and ``along`` weigh the entries of which the innermost loop goes down a column, or along a row.
    """

    whole: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    down: Counter[str] = field(default_factory=Counter)
    along: Counter[str] = field(default_factory=Counter)
    depth: Counter[str] = field(default_factory=Counter)

    def is_by_entries(self, name: str) -> bool:
        return self.whole[name] == self.parts[name]

    def runs_down(self, name: str) -> bool:
        return self.down[name] > 2 * self.along[name]

    def entry(self, name: str, index: Expr, loops: Loops) -> None:
        """An entry, in these loops, the innermost one last. What jumps from row to row is as well off along rows."""
        if not isinstance(index, Tuple) or not is_entry(index):
            return
        self.parts[name] += 1
        moves = all_bound(loops[-1:])
        first, second = (moves & names(i) for i in index.items)
        if first and not second and is_steady(index.items[0], loops[-1]):
            self.down[name] += OFTEN ** len(loops)
            self.depth[name] = max(self.depth[name], len(loops))
        elif first or second:
            self.along[name] += OFTEN ** len(loops)


def is_steady(index: Expr, loop: For | While) -> bool:
    """Whether the index goes on by one with each iteration, or back."""
    if isinstance(loop, While):
        return False
    moves = all_bound(loop.body)
    form = linear(index, lambda n: None if n in moves else n)
    return form is not None and abs(dict(form[0]).get(loop.var, 0)) == 1


def is_entry(index: Tuple) -> bool:
    return len(index.items) == 2 and all(isinstance(i.kind, Scalar) and i.kind.dtype[0] in "iu" for i in index.items)


def uses_of(body: Block) -> Uses:
    uses = Uses()
    note(body, (), uses)
    return uses


def note(block: Block, loops: Loops, uses: Uses) -> None:
    for stmt in block:
        for expr in (e for whole in expressions(stmt) for e in subexpressions(whole)):
            note_expression(expr, loops, uses)
        note_written(stmt, loops, uses)
        inner = (*loops, stmt) if isinstance(stmt, For | While) else loops
        for b in blocks(stmt):
            note(b, inner, uses)


def note_expression(expr: Expr, loops: Loops, uses: Uses) -> None:
    match expr:
        case Name(id):
            uses.whole[id] += 1
        case Apply(fn=operator.getitem, args=(Name(id), index)):
            uses.entry(id, index, loops)
        case Apply(fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(Name(id),)), Const(value=0 | 1))):
            uses.parts[id] += 1


def note_written(stmt: Stmt, loops: Loops, uses: Uses) -> None:
    match stmt:
        case Store(base=Name(id), index=Tuple() as index, add=False):
            uses.entry(id, index, loops)
        case Store(base=Name(id), index=Const(value=part), value=value, add=False) if part is Ellipsis:
            uses.parts[id] += isinstance(value.kind, Scalar)
        case Accumulate(target=target, base=base, index=index, value=value):
            # The variable that is added to is none of the expressions; what is indexed may be.
            name = target if base is None else root(base) or ""
            uses.whole[name] += base is None
            if index is not None and (base is None or isinstance(base, Name)):
                uses.entry(name, index, loops)
            elif base is None:
                uses.parts[name] += isinstance(value.kind, Scalar)
        case Assign(value=Apply(fn=np.zeros_like, args=(Name(id),))):
            uses.parts[id] += 1


def fresh(name: str, taken: set[str]) -> str:
    found = next(n for i in range(len(taken) + 1) if (n := f"{name}{i or ''}") not in taken)
    taken.add(found)
    return found


@dataclass(slots=True)
class Writer:
    """Writes transposes, by the names that they have."""

    named: dict[str, str]
    taken: set[str]

    def block(self, block: Block) -> Block:
        return tuple(new for s in block for new in self.statement(s))

    def statement(self, stmt: Stmt) -> Block:
        match stmt:
            case Assign(target, Apply(fn=fn, args=(Name() as of,))) if fn in COPIES and target in self.named:
                made = Assign(self.named[target], transposed_like(of, np.empty), stmt.span)
                return made, replace(self.copied(Name(self.named[target], MATRIX), of), span=stmt.span)
            case Assign(target, Apply(fn=np.zeros_like, args=(Name(id) as of,))) if (target in self.named) != (
                id in self.named
            ):
                value = transposed_like(of if target in self.named else Name(self.named[id], MATRIX), np.zeros)
                return (Assign(self.named.get(target, target), value, stmt.span),)
            case Assign(target, value) if target in self.named and value.fn is not np.zeros_like:  # type: ignore[union-attr]
                return (Assign(self.named[target], self.expression(turned(value)), stmt.span),)
        return (self.renamed(with_blocks(stmt, tuple(map(self.block, blocks(stmt))))),)

    def renamed(self, stmt: Stmt) -> Stmt:
        stmt = map_expressions(stmt, self.expression)
        match stmt:
            case Assign(target):
                return replace(stmt, target=self.named.get(target, target))
            case Store(base=Name(id), index=Tuple() as index) if id in self.named.values():
                return replace(stmt, index=flipped(index))
            case Accumulate(target, base=base, index=index) if (root(base) if base is not None else target) in {
                *self.named,
                *self.named.values(),
            }:
                index = flipped(index) if isinstance(index, Tuple) else index
                kind = MATRIX if isinstance(stmt.kind, Array) else stmt.kind
                return replace(stmt, target=self.named.get(target, target), index=index, kind=kind)
        return stmt

    def expression(self, expr: Expr) -> Expr:
        return rebuild(expr, self.part)

    def part(self, expr: Expr) -> Expr:
        own = self.named.values()
        match expr:
            case Name(id) if id in self.named:
                return Name(self.named[id], MATRIX)
            case Apply(fn=operator.getitem, args=(Name(id), Tuple() as index)) if id in own:
                return replace(expr, args=(expr.args[0], flipped(index)))
            case Apply(
                fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(Name(id),)) as shape, Const(k))
            ) if id in own:
                return replace(expr, args=(shape, Const(1 - k, INT)))
        return expr

    def copied(self, to: Name, of: Name) -> For:
        """Loops that write the transpose of a matrix into another."""
        i, j = (fresh(n, self.taken) for n in "ij")
        here, there = Tuple((Name(i, INT), Name(j, INT))), Tuple((Name(j, INT), Name(i, INT)))
        store = Store(to, here, Apply(operator.getitem, (of, there), (), Scalar("float64")))
        return For(i, INT_ZERO, length(to, 0), INT_ONE, (For(j, INT_ZERO, length(to, 1), INT_ONE, (store,)),))


def transposed_like(of: Name, make: Callable[..., object]) -> Expr:
    """New memory for a transpose."""
    return Apply(make, (Tuple((length(of, 1), length(of, 0))),), (), MATRIX)


def flipped(index: Tuple) -> Tuple:
    first, second = index.items
    return replace(index, items=(second, first))


def other(axis: Expr) -> Expr:
    assert isinstance(axis, Const)
    return Const(1 - axis.value, INT)


def length(of: Name, axis: int) -> Expr:
    shape = call(Attribute("shape"), of, kind=of.kind)
    return Apply(operator.getitem, (shape, Const(axis, INT)), (), INT)


def turned(value: Expr) -> Expr:
    """How the transpose is made."""
    assert isinstance(value, Apply)
    match value.args[0]:
        case Tuple() as shape:
            return replace(value, args=(flipped(shape),))
        case Apply(fn=Attribute("shape"), args=(Name() as of,)):
            return replace(value, args=(Tuple((length(of, 1), length(of, 0))),))
    raise TypeError(value)
