"""Tangents along unit vectors: where each tangent of an argument has a single one, nothing is computed for the zeros.

The tangent of an entry of an argument is not zero in one direction only, whose number is that of the entry. What is a
sum of such tangents, each times a value, is known by these values and numbers: within a block of statements it is no
vector, and what is added to a vector of tangents changes the vector in as many places.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

import numpy as np

from zygote_nb.analysis.cost import cost
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    ONE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    For,
    If,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    is_getitem,
    logical_and,
)
from zygote_nb.ir.integers import length, plus
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, Scalar, TupleOf
from zygote_nb.ir.walk import blocks, bound, names, read, root, statements
from zygote_nb.runtime import directions
from zygote_nb.runtime.arrays import quotient
from zygote_nb.transform import algebra
from zygote_nb.transform.forward.linearity import Collecting, Form, merged

Named = Callable[[Expr], Name]
MOST = 24
"""A sum of more tangents than this is a vector."""
DIVISIONS = {operator.truediv, quotient}


@dataclass(slots=True)
class Units:
    """What is known of unit tangents in one function.

    ``arguments`` has, for each tangent of an argument, the argument and the number of the direction of its first entry;
    those of which nothing is written to are in ``firsts``. ``sums`` are variables that are sums of unit tangents: what
    multiplies each, by the variable that holds its number. ``readers`` and ``written`` count statements.
    """

    arguments: dict[str, tuple[Name, Name]]
    firsts: dict[str, tuple[Name, Name]]
    count: Name
    tangents: set[str]
    readers: dict[str, int]
    written: dict[str, int]
    fresh: Callable[[str], str]
    sums: dict[str, dict[Name, Expr]] = field(default_factory=dict)
    places: dict[Expr, Name] = field(default_factory=dict)

    def form(self, value: Expr, named: Named) -> Form | None:
        """The value as a sum of tangents, if one of them is along unit vectors."""
        form = Collecting(self.tangents).form(value)
        if not form or not any(self.is_unit(t) or self.is_sum(t) for t in form):
            return None
        return Collecting(self.tangents, named).form(value)

    def terms(self, value: Expr, named: Named) -> dict[Name, Expr] | None:
        """What multiplies each of the unit tangents that a value is made of; None if there is more in it."""
        if self.is_unit(value):
            return {self.place(value, named): ONE}
        match value:
            case Name(id) if id in self.sums:
                return self.sums[id]
            case Apply(fn=operator.neg, args=(a,)):
                return scaled(self.terms(a, named), lambda c: algebra.neg(c))
            case Apply(fn=operator.add | operator.sub, args=(a, b)):
                left, right = self.terms(a, named), self.terms(b, named)
                if value.fn is operator.sub:
                    right = scaled(right, lambda c: algebra.neg(c))
                return None if left is None or right is None else merged(left, right)  # type: ignore[arg-type, return-value]
            case Apply(fn=operator.mul, args=(a, b)) if not names(a) & self.tangents:
                return self.times(b, a, named)
            case Apply(fn=operator.mul, args=(a, b)) if not names(b) & self.tangents:
                return self.times(a, b, named)
            case Apply(fn=fn, args=(a, b)) if fn in DIVISIONS and not names(b) & self.tangents:
                found = self.terms(a, named)
                by = named(b) if found is not None and cost(b) else b
                return scaled(found, lambda c: replace(value, args=(c, by)))
        return None

    def times(self, value: Expr, factor: Expr, named: Named) -> dict[Name, Expr] | None:
        found = self.terms(value, named)
        by = named(factor) if found is not None and len(found) > 1 and cost(factor) > 1 else factor
        return scaled(found, lambda c: algebra.mul(by, c))

    def is_unit(self, tangent: Expr) -> bool:
        """Whether this is the tangent of one entry of an argument."""
        if isinstance(tangent, Name):
            return tangent.id in self.firsts and not isinstance(self.firsts[tangent.id][0].kind, Array)
        base = tangent.args[0] if isinstance(tangent, Apply) and is_getitem(tangent) else None
        return isinstance(base, Name) and base.id in self.firsts and is_entry(*tangent.args)  # type: ignore[union-attr]

    def is_sum(self, tangent: Expr) -> bool:
        return isinstance(tangent, Name) and tangent.id in self.sums

    def divided(self, form: Form, named: Named) -> tuple[Form, dict[Name, Expr]]:
        """The other tangents, and what multiplies the unit tangents by the variables that hold their numbers."""
        rest: Form = {}
        found: Form = {}
        for tangent, factor in form.items():
            if self.is_unit(tangent):
                found = merged(found, {self.place(tangent, named): factor})
            elif self.is_sum(tangent):
                own = {p: algebra.mul(factor, c) for p, c in self.sums[tangent.id].items()}  # type: ignore[union-attr]
                found = merged(found, own)  # type: ignore[arg-type]
            else:
                rest[tangent] = factor
        return rest, found  # type: ignore[return-value]

    def place(self, tangent: Expr, named: Named) -> Name:
        """A variable with the number of the direction of an entry."""
        if tangent not in self.places:
            name = tangent if isinstance(tangent, Name) else tangent.args[0]  # type: ignore[attr-defined]
            x, first = self.firsts[name.id]
            self.places[tangent] = named(plus(first, number_of_entry(x, tangent)))
        return self.places[tangent]

    def forget(self, stmt: Stmt) -> None:
        """The numbers of entries whose indices may be other ones after a statement."""
        gone = bound(stmt) if isinstance(stmt, Assign) else None
        self.places = {} if gone is None else {t: p for t, p in self.places.items() if not names(t).intersection(gone)}

    # Sums

    def keep(self, stmt: Stmt, rest: Form, found: dict[Name, Expr], after: Block, named: Named) -> bool:
        """Whether the variable need not be there, as it is a sum that only the statements after this one read."""
        if not isinstance(stmt, Assign) or rest or len(found) > MOST or not self.is_read_in(stmt.target, after):
            return False
        self.sums[stmt.target] = {p: c if isinstance(c, Const) else named(c) for p, c in found.items()}
        return True

    def is_read_in(self, name: str, after: Block) -> bool:
        readers = [s for s in after if name in read(s)]
        whole = len(readers) == self.readers.get(name, 0) and self.written.get(name, 0) == 1
        return whole and all(reads_as_term(s, name, self.tangents) for s in readers)

    # Statements

    def added(self, stmt: Stmt, place: Name) -> If:
        """A statement about one direction, if that is among those that are computed."""
        low, high = (
            Apply(operator.le, (INT_ZERO, place), (), BOOL),
            Apply(operator.lt, (place, self.count), (), BOOL),
        )
        return If(Apply(logical_and, (low, high), (), BOOL), (stmt,), (), stmt.span)

    def opening(self, kinds: Callable[[str], Kind], asked: set[str]) -> list[Stmt]:
        """The vectors, for those who read them as such."""
        return [s for dot in self.arguments if dot in asked for s in self.vectors(dot, dot, kinds(dot))]

    def vectors(self, name: str, dot: str, kind: Kind) -> list[Stmt]:
        """The variable ``name`` with the unit tangents of an argument as vectors."""
        x, first = self.arguments[dot]
        indices = [Name(self.fresh("i"), INT) for _ in range(ndim(x))]
        lengths = [length(x, axis) for axis in range(ndim(x))]
        shape: Expr = Tuple((*lengths, self.count), tuple, TupleOf((INT,) * (len(lengths) + 1)))
        blank = Assign(name, Apply(np.zeros, (shape if lengths else self.count,), (), kind))
        number: Expr = INT_ZERO
        for i, count in zip(indices, lengths, strict=True):
            number = i if number == INT_ZERO else Apply(directions.entry_number, (number, i, count), (), INT)
        place = Name(self.fresh("place"), INT)
        at: Expr = Tuple((*indices, place), tuple, TupleOf((INT,) * (len(indices) + 1))) if indices else place
        made: Block = (
            Assign(place.id, plus(first, number)),
            self.added(Store(Name(name, kind), at, ONE), place),
        )
        for i, count in zip(reversed(indices), reversed(lengths), strict=True):
            made = (For(i.id, INT_ZERO, count, INT_ONE, made),)
        return [blank, *made]


def ndim(x: Name) -> int:
    return x.kind.ndim if isinstance(x.kind, Array) else 0


def scaled(found: dict[Name, Expr] | None, by: Callable[[Expr], Expr]) -> dict[Name, Expr] | None:
    return None if found is None else {p: by(c) for p, c in found.items()}


def reads_as_term(stmt: Stmt, name: str, tangents: set[str]) -> bool:
    """Whether a statement reads a tangent as one of the terms of a sum that is assigned or added to something."""
    if blocks(stmt) or not isinstance(stmt, Assign | Accumulate | Store) or not isinstance(stmt.value.kind, Scalar):
        return False
    index = stmt.index if isinstance(stmt, Accumulate | Store) else None
    return (index is None or name not in names(index)) and is_term(stmt.value, name, tangents)


def is_term(value: Expr, name: str, tangents: set[str]) -> bool:
    """Whether a tangent stands in a value only where that is linear in it."""
    if name not in names(value) or (isinstance(value, Name) and value.id == name):
        return True
    match value:
        case Apply(fn=operator.neg, args=(a,)):
            return is_term(a, name, tangents)
        case Apply(fn=operator.add | operator.sub, args=(a, b)):
            return is_term(a, name, tangents) and is_term(b, name, tangents)
        case Apply(fn=operator.mul, args=(a, b)) if not names(a) & tangents or not names(b) & tangents:
            return is_term(a, name, tangents) and is_term(b, name, tangents)
        case Apply(fn=fn, args=(a, b)) if fn in DIVISIONS and not names(b) & tangents:
            return is_term(a, name, tangents)
    return False


def is_entry(base: Expr, index: Expr) -> bool:
    parts = index.items if isinstance(index, Tuple) else (index,)
    whole = isinstance(base.kind, Array) and len(parts) == base.kind.ndim
    return whole and all(isinstance(p.kind, Scalar) and p.kind.dtype[0] in "iu" for p in parts)


def number_of_entry(x: Name, tangent: Expr) -> Expr:
    """The number of an entry of an array among all, those of the last axis first."""
    if isinstance(tangent, Name):
        return INT_ZERO
    index = tangent.args[1]  # type: ignore[attr-defined]
    number: Expr = INT_ZERO
    for axis, part in enumerate(index.items if isinstance(index, Tuple) else (index,)):
        number = Apply(directions.entry_number, (number, part, length(x, axis)), (), INT)
    return number


def units(
    arguments: dict[str, Name], count: Name, tangents: set[str], block: Block, results: Iterable[Expr],
    fresh: Callable[[str], str],
) -> tuple[Units, list[str]]:  # fmt: skip
    """What is known of a function, by its arguments and the names of their tangents; its parameters in their place."""
    firsts = {dot: (x, Name(fresh(f"{x.id}_first"), INT)) for dot, x in arguments.items()}
    readers: dict[str, int] = {}
    written: dict[str, int] = {}
    for stmt in statements(block):
        for name in read(stmt):
            readers[name] = readers.get(name, 0) + 1
        for name in changed(stmt):
            written[name] = written.get(name, 0) + 1
    for result in results:
        for name in names(result):
            readers[name] = readers.get(name, 0) + 1
    params = [count.id, *(first.id for _, first in firsts.values())]
    shared = {s.value.id for s in statements(block) if isinstance(s, Assign) and isinstance(s.value, Name)}
    others = {*written, *shared}
    found = {dot: pair for dot, pair in firsts.items() if dot not in others and pair[0].id not in others}
    return Units(firsts, found, count, tangents, readers, written, fresh), params


def changed(stmt: Stmt) -> set[str]:
    """What a statement itself binds or writes to."""
    found = set(bound(stmt))
    match stmt:
        case Accumulate():
            found.add(stmt.target)
        case Store():
            found.add(root(stmt.base) or "")
        case Append() | Pop():
            found.add(stmt.base)
        case Effect(value=Apply(args=(base, *_))):
            found.add(root(base) or "")
    return found
