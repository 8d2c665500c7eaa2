"""Vectors of a few entries as so many numbers: where the lengths of arrays are known, and the program is compiled.

A derivative along many directions is for programs that work on numbers and on entries of arrays. Here a program whose
vectors are short becomes one: its calls are written out, and each vector that nothing is written to becomes as many
variables as it has entries. What is not understood raises OneAtATime, and the program is then taken as it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.cost import cost
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir import integers
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    INT_ZERO,
    WHOLE,
    Apply,
    Assign,
    Block,
    Choice,
    Const,
    Expr,
    For,
    Function,
    If,
    Name,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
    logical_or,
)
from zygote_nb.ir.kinds import BOOL, INT, Array, Opaque, Scalar, TupleOf, is_memory
from zygote_nb.ir.walk import all_bound, blocks, map_expressions, names, statements, with_blocks
from zygote_nb.runtime import directions
from zygote_nb.transform.derive.entries import (
    BLANK,
    NUMBER,
    Axes,
    Entries,
    crossed,
    dotted,
    entry,
    indexed,
    inexact,
    is_integer,
    is_none,
    lengths_made,
    parts,
    reads_only,
    stretched,
    total,
)
from zygote_nb.transform.forward.units import is_entry
from zygote_nb.transform.forward.wide import OneAtATime

MOST = 16
"""A vector of more entries than this stays an array."""
MOST_STATEMENTS = 300
"""A longer program would take longer to compile than it saves."""
ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos}
SAME = {np.copy, np.asarray, np.array, Method("copy")}
SHAPES = {Attribute("shape"), Attribute("size"), Attribute("ndim"), len}
READING = {*SHAPES, operator.getitem}


@dataclass(frozen=True, slots=True)
class View:
    """So many entries of a vector that nothing is written to, from a place on that is a variable."""

    base: Name
    start: Expr
    length: int


@dataclass(slots=True)
class Entrywise:
    """The rewriting of one function. Arguments, and what is ``kept`` since it is written to, stay ``arrays``.

    ``lengths`` has those that became variables for each entry, ``views`` those that are parts of arguments.
    """

    memory: Memory
    axes: Axes
    elementwise: Callable[[Any], bool]
    fresh: Callable[[str], str]
    arrays: set[str]
    kept: set[str]
    lengths: dict[str, int] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    variables: dict[tuple[str, int], str] = field(default_factory=dict)
    out: list[Stmt] = field(default_factory=list)

    # Statements

    def block(self, block: Block) -> Block:
        outer, self.out = self.out, []
        for stmt in block:
            self.stmt(stmt)
        made, self.out = tuple(self.out), outer
        return made

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Assign() if isinstance(stmt.value.kind, Array):
                self.assign(stmt)
            case Assign() if not is_memory(stmt.value.kind):
                self.out.append(replace(stmt, value=self.number(stmt.value)))
            case Store(add=False, base=Name() as base) if isinstance(base.kind, Array):
                self.store(stmt, base)
            case For() | While() | If():
                whole = map_expressions(stmt, self.plain if isinstance(stmt, While) else self.number)
                self.out.append(with_blocks(whole, tuple(map(self.block, blocks(stmt)))))
            case Raise():
                self.out.append(stmt)
            case _:
                raise OneAtATime

    def assign(self, stmt: Assign) -> None:
        if stmt.target in self.kept:
            made = self.memory_of(stmt.value)
            if self.axes.made.setdefault(stmt.target, lengths_made(made)) != lengths_made(made):
                raise OneAtATime
            self.out.append(replace(stmt, value=made))
            return
        view = self.view(stmt.value)
        if view is not None:
            if self.views.setdefault(stmt.target, view) is not view or stmt.target in self.lengths:
                raise OneAtATime
            return
        entries = self.entries(stmt.value)
        if self.lengths.setdefault(stmt.target, len(entries)) != len(entries) or stmt.target in self.views:
            raise OneAtATime
        own = any(n in names(e) for e in entries for n in self.variables_of(stmt.target))
        entries = tuple(map(self.named, entries)) if own else entries
        for name, value in zip(self.variables_of(stmt.target), entries, strict=True):
            self.out.append(Assign(name, value, stmt.span))

    def variables_of(self, name: str) -> list[str]:
        return [self.variable(name, i) for i in range(self.lengths[name])]

    def variable(self, name: str, i: int) -> str:
        if (name, i) not in self.variables:
            self.variables[name, i] = self.fresh(f"{name}_{i}")
        return self.variables[name, i]

    def store(self, stmt: Store, base: Name) -> None:
        if isinstance(stmt.value.kind, Scalar) and is_entry(base, stmt.index):
            index, value = self.number(stmt.index), self.number(stmt.value)
            self.out.append(replace(stmt, index=index, value=value))
            return
        prefix = () if stmt.index == WHOLE else parts(self.number(stmt.index))
        if len(prefix) != base.kind.ndim - 1 or not all(is_integer(p) for p in prefix):  # type: ignore[union-attr]
            raise OneAtATime
        count = self.axes.length(base, base.kind.ndim - 1)  # type: ignore[union-attr]
        if isinstance(stmt.value.kind, Array):
            values = stretched(self.entries(stmt.value), count)
            places = [entry(base, (*prefix, Const(i, INT))) for i in range(count)]
            if not all(reads_only(v, base.id, p) for v, p in zip(values, places, strict=True)):
                values = tuple(map(self.named, values))
        else:
            values = (self.named(self.number(stmt.value)),) * count
        for i, value in enumerate(values):
            self.out.append(replace(stmt, index=indexed((*prefix, Const(i, INT))), value=value))

    def named(self, value: Expr) -> Expr:
        """The value in a variable of its own."""
        if isinstance(value, Const):
            return value
        name = self.fresh("t")
        self.out.append(Assign(name, value))
        return Name(name, value.kind)

    def short_of(self, value: Expr) -> Expr:
        """The value where it stands several times."""
        return value if cost(value) < 1 else self.named(value)

    def memory_of(self, value: Expr) -> Expr:
        """How memory that is written to is made."""
        match value:
            case Apply(fn=fn, args=(shape, *rest)) if fn in BLANK:
                made = self.number(shape)
                return replace(value, args=(made, *rest))
            case Apply(fn=np.zeros_like | np.empty_like | np.ones_like, args=(Name(id),)) if self.is_array(id):
                return value
            case Apply(fn=fn, args=(Name(id),)) if fn in (np.copy, Method("copy")) and self.is_array(id):
                return value
        raise OneAtATime

    # Vectors

    def is_array(self, name: str) -> bool:
        """Whether a variable stays one; what is read before it was met might have been anything."""
        if name in self.arrays:
            return True
        if name not in self.lengths and name not in self.views:
            raise OneAtATime
        return False

    def view(self, value: Expr) -> View | None:
        """A part of a vector of any length, from a place on that is known when the program runs."""
        if not is_getitem(value) or not isinstance(value.args[0], Name):  # type: ignore[attr-defined]
            return None
        base, index = value.args  # type: ignore[attr-defined]
        if not self.is_array(base.id) or base.id in self.kept or base.kind.ndim != 1:
            return None
        if not isinstance(index, Apply) or index.fn is not slice or self.axes.known(base, 0) is not None:
            return None
        start, stop, step = (INT_ZERO if is_none(a) and i == 0 else a for i, a in enumerate(index.args))
        if not (isinstance(step, Const) and step.value in (None, 1)) or not is_integer(start) or not is_integer(stop):
            return None
        (rest, low), (other, high) = integers.apart(start), integers.apart(stop)
        if rest != other or not 0 < high - low <= MOST:
            return None
        first = self.named(self.number(start))
        self.require(base, first, high - low)
        return View(base, first, high - low)

    def require(self, base: Name, first: Expr, length: int) -> None:
        """NumPy cuts a slice where its array ends: then the vector is shorter than was thought."""
        last = integers.plus(first, Const(length, INT))
        outside = (
            Apply(operator.lt, (first, INT_ZERO), (), BOOL),
            Apply(operator.gt, (last, integers.length(base, 0)), (), BOOL),
        )
        test = Apply(logical_or, outside, (), BOOL)
        self.out.append(If(test, (Raise(Const(RuntimeError, Opaque("exception"))),), ()))

    def entries(self, value: Expr) -> Entries:
        """The entries of a short vector."""
        if not isinstance(value.kind, Array) or value.kind.ndim != 1 or value.kind.dtype != "float64":
            raise OneAtATime
        made = self.entries_of(value)
        if not 0 < len(made) <= MOST:
            raise OneAtATime
        return made

    def entries_of(self, value: Expr) -> Entries:
        match value:
            case Name(id) if id in self.lengths:
                return tuple(Name(n, NUMBER) for n in self.variables_of(id))
            case Name(id) if id in self.views:
                return tuple(self.entry(value, Const(i, INT)) for i in range(self.views[id].length))
            case Name(id) if self.is_array(id):
                return tuple(entry(value, (Const(i, INT),)) for i in range(self.axes.length(value, 0)))
            case Apply(fn=fn, args=(Tuple(items=items),), kwargs=()) if fn is np.array:
                return tuple(self.short_of(inexact(self.number(i))) for i in items)
            case Apply(fn=fn, args=(a,), kwargs=()) if fn in SAME:
                return self.entries(a)
            case Apply(fn=fn, args=(a, b), kwargs=()) if fn is np.cross:
                return self.cross(a, b)
            case Apply() if is_getitem(value):
                return self.part(value)
            case Apply(kwargs=()) if value.fn in ARITHMETIC or self.elementwise(value.fn):
                return self.each(value)
        raise OneAtATime

    def part(self, value: Apply) -> Entries:
        base, index = value.args
        view = self.view(value)
        if view is not None:
            return tuple(self.seen(view, Const(i, INT)) for i in range(view.length))
        if isinstance(base, Name) and self.is_array(base.id) and isinstance(base.kind, Array) and base.kind.ndim > 1:
            prefix = tuple(map(self.short_of, parts(self.number(index))))
            if len(prefix) != base.kind.ndim - 1 or not all(map(is_integer, prefix)):
                raise OneAtATime
            return tuple(
                entry(base, (*prefix, Const(i, INT))) for i in range(self.axes.length(base, base.kind.ndim - 1))
            )
        if isinstance(index, Apply) and index.fn is slice and all(isinstance(a, Const) for a in index.args):
            bounds = [a.value for a in index.args if isinstance(a, Const)]
            return self.entries(base)[slice(*bounds)]
        raise OneAtATime

    def each(self, value: Apply) -> Entries:
        """Of a function of entries."""
        args = [self.entries(a) if isinstance(a.kind, Array) else (self.short_of(self.number(a)),) for a in value.args]
        count = max(map(len, args))
        wide = [stretched(a, count) for a in args]
        return tuple(replace(value, args=entry, kind=NUMBER) for entry in zip(*wide, strict=True))

    def cross(self, a: Expr, b: Expr) -> Entries:
        x, y = (tuple(map(self.short_of, self.entries(v))) for v in (a, b))
        return crossed(x, y)

    # Numbers

    def number(self, expr: Expr) -> Expr:
        """An expression that is no vector, though parts of it may be."""
        match expr:
            case Tuple():
                return replace(expr, items=tuple(map(self.number, expr.items)))
            case Name() if isinstance(expr.kind, Array):
                raise OneAtATime
            case Apply(fn=fn, args=(Name(id) as name, *_)) if isinstance(name.kind, Array) and fn in READING:
                return self.of_vector(expr, name) if not self.is_array(id) else self.of_array(expr)
            case Apply(fn=fn, args=(a, b), kwargs=()) if fn in (np.dot, operator.matmul, np.matmul, np.inner):
                if isinstance(a.kind, Array) or isinstance(b.kind, Array):
                    return dotted(self.entries(a), self.entries(b))
                return self.inside(expr)
            case Apply(fn=fn, args=(a,), kwargs=()) if fn in (np.sum, Method("sum")) and isinstance(a.kind, Array):
                return total(self.entries(a))
            case Apply() if is_getitem(expr) and isinstance(expr.args[0].kind, Array):
                found = self.entries(expr.args[0])
                return self.chosen(found, self.number(expr.args[1]))
            case Choice():
                return replace(
                    expr, test=self.plain(expr.test), body=self.plain(expr.body), orelse=self.plain(expr.orelse)
                )
            case Apply():
                return self.inside(expr)
        return expr

    def plain(self, expr: Expr) -> Expr:
        """What may not be evaluated has no statements before it."""
        before = len(self.out)
        made = self.number(expr)
        if len(self.out) != before:
            raise OneAtATime
        return made

    def inside(self, expr: Apply) -> Expr:
        if any(isinstance(a.kind, Array) for a in (*expr.args, *(v for _, v in expr.kwargs))):
            raise OneAtATime
        kwargs = tuple((n, self.number(v)) for n, v in expr.kwargs)
        return replace(expr, args=tuple(map(self.number, expr.args)), kwargs=kwargs)

    def of_array(self, expr: Apply) -> Expr:
        if expr.fn is operator.getitem and isinstance(expr.kind, Array):
            raise OneAtATime
        return replace(expr, args=(expr.args[0], *map(self.number, expr.args[1:])))

    def of_vector(self, expr: Apply, name: Name) -> Expr:
        count = self.lengths[name.id] if name.id in self.lengths else self.views[name.id].length
        if expr.fn is operator.getitem:
            return self.entry(name, self.number(expr.args[1]))
        if expr.fn == Attribute("shape"):
            return Tuple((Const(count, INT),), tuple, TupleOf((INT,)))
        return Const(1 if expr.fn == Attribute("ndim") else count, INT)

    def entry(self, name: Name, index: Expr) -> Expr:
        if name.id in self.lengths:
            return self.chosen(self.entries_of(name), index)
        return self.seen(self.views[name.id], index)

    def seen(self, view: View, index: Expr) -> Expr:
        if isinstance(index, Const):
            place: Expr = Const(range(view.length)[index.value], INT)
        else:
            place = Apply(directions.entry_number, (INT_ZERO, index, Const(view.length, INT)), (), INT)
        place = integers.plus(view.start, place)
        return entry(view.base, (self.short_of(place),))

    def chosen(self, found: Entries, index: Expr) -> Expr:
        if (
            not isinstance(index, Const)
            or not isinstance(index.value, int)
            or not -len(found) <= index.value < len(found)
        ):
            raise OneAtATime
        return found[index.value]


def entrywise(
    function: Function, memory: Memory, sizes: Mapping[int, int], elementwise: Callable[[Any], bool],
    fresh: Callable[[str], str],
) -> Function:  # fmt: skip
    """The function without vectors of few entries; ``sizes`` are the lengths of axes by their labels."""
    arrays = {p.name for p in function.params if isinstance(p.kind, Array)}
    if arrays & all_bound(function.body):
        raise OneAtATime
    kept = {n for n, kind in memory.kinds.items() if isinstance(kind, Array) and memory.is_written(n)}
    made = Entrywise(memory, Axes(sizes), elementwise, fresh, arrays | kept, kept)
    body = made.block(function.body)
    if sum(1 for _ in statements(body)) > MOST_STATEMENTS:
        raise OneAtATime
    results: list[Expr] = []
    for result in function.result:
        if isinstance(result.kind, Array) and not (isinstance(result, Name) and result.id in kept):
            results.append(gathered(made, made.entries(result)))
        else:
            results.append(result if isinstance(result, Name) else made.number(result))
    return replace(function, body=(*body, *made.out), result=tuple(results))


def gathered(made: Entrywise, entries: Entries) -> Expr:
    """The array of a short vector."""
    array = Name(made.fresh("out"), Array("float64", (None,)))
    made.out.append(Assign(array.id, Apply(np.empty, (Const(len(entries), INT),), (), array.kind)))
    made.out += [Store(array, Const(i, INT), value) for i, value in enumerate(entries)]
    return array
