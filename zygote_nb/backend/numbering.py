"""What integers and lengths of arrays are at a place in a program: which ones are equal, and by how much others differ.

They are linear forms of symbols. Every binding of a variable is a symbol of its own, so that forms stay comparable.
Arithmetic may wrap around: forms that are equal are equal as the program runs, too.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zygote_nb.analysis.linear import Form, combined, constant, variable
from zygote_nb.backend.inequalities import ALIKE, SHAPED, is_integer
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Assign, Const, Expr, For, If, Name, Raise, Stmt, Tuple
from zygote_nb.ir.kinds import Array, Kind
from zygote_nb.ir.walk import all_bound
from zygote_nb.runtime import checked

NONE = constant(0)
SIGNS = {operator.add: 1, operator.sub: -1}
ARITHMETIC = {max, min, operator.floordiv, operator.mod}
MOST_TERMS = 12


@dataclass(slots=True)
class Numbering:
    """``values`` are those of integer variables, ``lengths`` those of axes, ``labels`` of axes of a label.

    ``known`` are symbols for other operations on forms, ``solved`` symbols that turned out to be forms of others.
    ``floors`` says of the symbol of a larger one of a form and zero which form that is, ``least`` from which number on
    a symbol's values lie.
    """

    values: dict[str, Form] = field(default_factory=dict)
    lengths: dict[tuple[str, int], Form] = field(default_factory=dict)
    labels: dict[Any, Form] = field(default_factory=dict)
    known: dict[Any, Form] = field(default_factory=dict)
    solved: dict[str, Form] = field(default_factory=dict)
    floors: dict[str, Form] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def symbol(self) -> Form:
        self.count += 1
        return variable(f"# {self.count}")

    def normal(self, form: Form) -> Form:
        """The form without symbols that are known to be others."""
        while found := next(((n, k) for n, k in form[0] if n in self.solved), None):
            name, factor = found
            form = combined(combined(form, variable(name), -factor), self.solved[name], factor)
        return form

    def form(self, expr: Expr) -> Form:
        return self.normal(self.found(expr))

    def found(self, expr: Expr) -> Form:
        match expr:
            case Const(value=int(value)) if type(value) is int:
                return constant(value)
            case Name(id) if is_integer(expr):
                if id not in self.values:
                    self.values[id] = self.symbol()
                return self.values[id]
            case Apply(
                fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(Name() as array,)), Const(value=int(i)))
            ):
                return self.length(array, i)
            case Apply(fn=operator.neg, args=(a,)) if is_integer(a):
                return combined(NONE, self.form(a), -1)
            case Apply(fn=fn, args=(a, b)) if fn in SIGNS and is_integer(a) and is_integer(b):
                return combined(self.form(a), self.form(b), SIGNS[fn])
            case Apply(fn=operator.mul, args=(a, b)) if is_integer(a) and is_integer(b):
                return self.product(self.form(a), self.form(b))
            case Apply(fn=fn, args=(a, Const(value=0))) if fn is max and is_integer(a):
                return self.floored(self.form(a))
            case Apply(fn=checked.index, args=(a, length)):
                return self.place(self.form(a), self.form(length))
            case Apply(fn=fn, args=args) if is_arithmetic(fn) and not expr.kwargs and all(map(is_integer, args)):
                return self.other(fn, *map(self.form, args))
        return self.symbol()

    def product(self, a: Form, b: Form) -> Form:
        if a[0] and b[0]:
            return self.other(operator.mul, a, b)
        return combined(NONE, b, a[1]) if not a[0] else combined(NONE, a, b[1])

    def floored(self, form: Form) -> Form:
        """The form, or zero where it is less."""
        larger = self.other(max, form)
        self.floors[larger[0][0][0]] = form
        return larger

    def place(self, index: Form, length: Form) -> Form:
        """What is counted from the end if it is less than zero."""
        if self.is_counted(index):
            return index
        return combined(length, index) if not index[0] and index[1] < 0 else self.other(checked.index, index, length)

    def is_counted(self, form: Form) -> bool:
        """Whether the form is known to be zero or more."""
        terms, value = form
        return (
            all(k > 0 and n in self.least for n, k in terms) and value + sum(k * self.least[n] for n, k in terms) >= 0
        )

    def other(self, *key: Any) -> Form:
        if key not in self.known:
            self.known[key] = self.symbol()
        return self.known[key]

    def length(self, array: Name, axis: int) -> Form:
        if (array.id, axis) not in self.lengths:
            label = array.kind.dims[axis] if isinstance(array.kind, Array) and 0 <= axis < array.kind.ndim else None
            self.lengths[array.id, axis] = self.labelled(label)
        return self.normal(self.lengths[array.id, axis])

    def labelled(self, label: Any) -> Form:
        if label is None:
            return self.symbol()
        if label == 1:
            return constant(1)
        if label not in self.labels:
            self.labels[label] = self.symbol()
        return self.labels[label]

    def bound_of(self, stop: Expr) -> Form:
        """How often a loop to here runs, where less than zero is the same as zero."""
        form, seen = self.form(stop), set[Form]()
        while form not in seen and len(form[0]) == 1 and form == variable(form[0][0][0]):
            seen.add(form)
            form = self.normal(self.floors.get(form[0][0][0], form))
        return form

    # What statements say

    def after(self, stmt: Stmt) -> None:
        """Goes beyond a statement that is none of control flow, or beyond a test that raises."""
        match stmt:
            case Assign(target, value):
                new = self.form(value) if is_integer(value) else None
                lengths = self.lengths_made(value)
                self.forget((target,))
                if new is not None:
                    self.values[target] = new
                self.lengths |= {(target, axis): form for axis, form in enumerate(lengths)}
            case If(test=Apply(fn=operator.ne, args=(a, b)), body=(Raise(),), orelse=()) if is_integer(a):
                self.equal(self.form(a), self.form(b))
            case _:
                self.forget(all_bound((stmt,)))

    def equal(self, a: Form, b: Form) -> None:
        terms, value = combined(a, b, -1)
        found = next(((n, k) for n, k in reversed(terms) if abs(k) == 1), None)
        if found is None or len(terms) > MOST_TERMS:
            return
        name, factor = found
        rest = (tuple((n, k) for n, k in terms if n != name), value)
        self.solved[name] = combined(NONE, rest, -factor)

    def forget(self, names: Iterable[str]) -> None:
        gone = set(names)
        for name in gone:
            self.values.pop(name, None)
        self.lengths = {place: form for place, form in self.lengths.items() if place[0] not in gone}

    def lengths_made(self, value: Expr) -> tuple[Form, ...]:
        match value:
            case Apply(fn=fn, args=(Name() as array, *_)) if fn in ALIKE:
                return self.lengths_of(array)
            case Apply(fn=fn, args=(Apply(fn=Attribute("shape"), args=(Name() as array,)), *_)) if fn in SHAPED:
                return self.lengths_of(array)
            case Apply(fn=fn, args=(Tuple(items=items), *_)) if fn in SHAPED:
                return tuple(map(self.form, items))
        return ()

    def lengths_of(self, array: Name) -> tuple[Form, ...]:
        return tuple(self.length(array, axis) for axis in range(rank(array.kind)))

    @contextmanager
    def inside(self, stmt: Stmt) -> Iterator[None]:
        """In a block of the statement: what is found there is forgotten at its end."""
        before = dict(self.values), dict(self.lengths), dict(self.solved)
        if isinstance(stmt, For):
            self.into(stmt)
        yield
        self.values, self.lengths, self.solved = before

    def into(self, loop: For) -> None:
        """Goes into a loop's body, where its variable has a lower end."""
        self.forget(all_bound((loop,)))
        form = self.symbol()
        self.values[loop.var] = form
        start, stop, step = self.form(loop.start), self.form(loop.stop), self.form(loop.step)
        first = start if not step[0] and step[1] > 0 else combined(stop, constant(1)) if not step[0] else None
        if first is not None and not first[0]:
            self.least[form[0][0][0]] = first[1]


def is_arithmetic(fn: Any) -> bool:
    """Whether the same integers give the same result."""
    return fn in ARITHMETIC or getattr(fn, "__module__", "") == checked.__name__


def rank(kind: Kind) -> int:
    return kind.ndim if isinstance(kind, Array) else 0
