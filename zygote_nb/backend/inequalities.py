"""What is known of integers and of lengths of arrays at a place in a program: linear forms and inequalities.

Every binding of a variable is a symbol of its own, so that what is known of a symbol stays true. Forms are of integers
without end; the arithmetic of a program is trusted as far as its numbers are moderate.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable

import numpy as np

from zygote_nb.analysis.linear import Form, combined, constant, possible, variable
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir import integers
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Expr, Name, Tuple, logical_and, logical_or
from zygote_nb.ir.kinds import INT, Array, Scalar
from zygote_nb.ir.walk import names
from zygote_nb.runtime import checked

SIGNS = {
    operator.add: 1, checked.add_integers: 1, operator.sub: -1, checked.subtract_integers: -1,
}  # fmt: skip
PRODUCTS = {operator.mul, checked.multiply_integers}
ALIKE = {np.zeros_like, np.empty_like, np.ones_like, np.full_like, np.copy, Method("copy")}
SHAPED = {np.empty, np.zeros, np.ones, np.full}
LARGER = {max, checked.larger}
MODERATE = checked.LARGEST // 4
"""Sums of a few integers below this one don't overflow."""
MOST_TERMS = 8
MOST_STEPS = 4
OPPOSITE = {
    operator.lt: operator.ge, operator.le: operator.gt, operator.gt: operator.le, operator.ge: operator.lt,
    operator.eq: operator.ne, operator.ne: operator.eq,
}  # fmt: skip


@dataclass(slots=True)
class Known:
    """``values`` are forms of integer variables, ``lengths`` those of the axes of arrays; ``facts`` are zero or more.

    ``implied`` are facts that hold where others do. ``numbers`` are the integer parameters, ``asked`` those of them
    that have to be moderate; ``ranges`` says of the symbol of a loop's variable between sums of which symbols it lies.
    In the ``roomy`` arrays there is room for whatever the program does.
    """

    numbers: frozenset[str]
    roomy: frozenset[str] = frozenset()
    values: dict[str, Form] = field(default_factory=dict)
    lengths: dict[tuple[str, int], Form] = field(default_factory=dict)
    facts: list[Form] = field(default_factory=list)
    implied: list[tuple[tuple[Form, ...], Form]] = field(default_factory=list)
    shown: dict[str, Expr] = field(default_factory=dict)
    ranges: dict[str, frozenset[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    count: int = 0
    asked_with: Facts = field(default_factory=lambda: Facts(()))

    def __post_init__(self) -> None:
        for name in self.numbers:
            self.values[name] = self.symbol(name, Name(name, INT))

    def symbol(self, stem: str, expr: Expr | None = None) -> Form:
        self.count += 1
        name = f"{stem} {self.count}"
        if expr is not None:
            self.shown[name] = expr
        return variable(name)

    def forget(self, bound: Iterable[str]) -> None:
        """The variables are bound anew."""
        gone = set(bound)
        for name in gone:
            self.values.pop(name, None)
        if any(place[0] in gone for place in self.lengths):
            self.lengths = {place: form for place, form in self.lengths.items() if place[0] not in gone}
        lost = [s for s, e in self.shown.items() if not names(e).isdisjoint(gone)]
        if lost:
            self.shown = dict(self.shown)
            for symbol in lost:
                del self.shown[symbol]

    # Integers

    def value(self, name: str) -> Form:
        if name not in self.values:
            self.values[name] = self.symbol(name, Name(name, INT))
        return self.values[name]

    def form(self, expr: Expr) -> Form | None:
        """The form of an integer expression, if its arithmetic can be trusted."""
        match expr:
            case Const(value=bool()):
                return None
            case Const(value=int(value)) if abs(value) < MODERATE:
                return constant(value)
            case Name(id) if is_integer(expr):
                return self.value(id)
            case Apply(
                fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(Name() as array,)), Const(value=int(i)))
            ):
                return self.length_of(array, i)
            case Apply(fn=fn, args=(Name() as array,)) if fn is len or (fn == Attribute("size") and is_vector(array)):
                return self.length_of(array, 0)
            case Apply(fn=checked.index, args=(index, _)):
                form = self.form(index)
                return form if form is not None and self.holds(form) else None
        return self.trusted(self.arithmetic(expr))

    def arithmetic(self, expr: Expr) -> Form | None:
        match expr:
            case Apply(fn=operator.neg, args=(a,)):
                form = self.form(a)
                return None if form is None else combined(constant(0), form, -1)
            case Apply(fn=fn, args=(a, b)) if fn in SIGNS:
                p, q = self.form(a), self.form(b)
                return None if p is None or q is None else combined(p, q, SIGNS[fn])
            case Apply(fn=fn, args=(a, b)) if fn in PRODUCTS:
                p, q = self.form(a), self.form(b)
                if p is None or q is None or (p[0] and q[0]):
                    return None
                return combined(constant(0), q, p[1]) if not p[0] else combined(constant(0), p, q[1])
        return None

    def trusted(self, form: Form | None) -> Form | None:
        if form is None or sum(abs(k) for _, k in form[0]) > MOST_TERMS or abs(form[1]) > MODERATE:
            return None
        return form if all(self.is_moderate(s) for s, _ in form[0]) else None

    def is_moderate(self, symbol: str) -> bool:
        shown = self.shown.get(symbol)
        if symbol in self.counted:
            return True
        if isinstance(shown, Name) and shown.id in self.numbers:
            self.asked.add(shown.id)
            return True
        between = self.ranges.get(symbol)
        return between is not None and all(map(self.is_moderate, between))

    # Lengths

    def length_of(self, array: Name, axis: int) -> Form | None:
        if (array.id, axis) not in self.lengths:
            if not isinstance(array.kind, Array) or not 0 <= axis < array.kind.ndim:
                return None
            self.lengths[array.id, axis] = self.length(array.id, integers.length(array, axis))
        return self.lengths[array.id, axis]

    def lengths_of(self, array: Name) -> tuple[Form | None, ...]:
        rank = array.kind.ndim if isinstance(array.kind, Array) else 0
        return tuple(self.length_of(array, axis) for axis in range(rank))

    def made(self, target: str, lengths: tuple[Form | None, ...]) -> None:
        self.lengths |= {(target, axis): form for axis, form in enumerate(lengths) if form is not None}

    def length(self, stem: str, expr: Expr | None = None) -> Form:
        form = self.symbol(stem, expr)
        self.counted.add(form[0][0][0])
        return form

    def lengths_made(self, value: Expr) -> tuple[Form | None, ...]:
        """The lengths of a new array, where they follow from how it is made."""
        match value:
            case Apply(fn=fn, args=(Name() as array, *_)) if fn in ALIKE:
                return self.lengths_of(array)
            case Apply(fn=fn, args=(Apply(fn=Attribute("shape"), args=(Name() as array,)), *_)) if fn in SHAPED:
                return self.lengths_of(array)
            case Apply(fn=fn, args=(Tuple(items=items), *_)) if fn in SHAPED:
                return tuple(map(self.made_length, items))
            case Apply(fn=fn, args=(size, *_)) if fn in SHAPED and is_integer(size):
                return (self.made_length(size),)
        return ()

    def made_length(self, size: Expr) -> Form:
        """NumPy and Numba refuse to make an axis of negative length."""
        form = self.form(size)
        if form is not None:
            self.facts.append(form)
            return form
        length = self.length("length")
        if isinstance(size, Apply) and size.fn in LARGER and len(size.args) == 2:
            for form in filter(None, map(self.form, size.args)):
                self.facts.append(combined(length, form, -1))
        return length

    def above(self, value: Expr) -> Form | None:
        """What an integer is not below, if it is that or zero."""
        match value:
            case Apply(fn=fn, args=(a, b)) if fn in LARGER and INT_ZERO in (a, b):
                return self.trusted(self.form(a if b == INT_ZERO else b))
        return None

    def floored(self, target: str, form: Form) -> Form:
        """A variable that holds the form, or zero where that is less."""
        made = self.length(target, Name(target, INT))
        self.facts.append(combined(made, form, -1))
        return made

    # Inequalities

    def holds(self, form: Form, more: Iterable[Form] = ()) -> bool:
        """Whether the form is known to be zero or more, where more forms are."""
        if not form[0]:
            return form[1] >= 0
        facts = self.asked_with.and_also(tuple(self.facts)).and_also(tuple(more))
        if facts.give(form, self.counted):
            return True
        if not self.implied:
            return False
        otherwise = facts.and_also((combined(constant(-1), form, -1),))
        implied = tuple([f for needed, f in self.implied if all(otherwise.give(n, self.counted) for n in needed)])
        return bool(implied) and facts.and_also(implied).give(form, self.counted)

    def assume(self, test: Expr, holds: bool = True) -> None:
        """A comparison of integers is known to hold, or not to hold."""
        if not isinstance(test, Apply):
            return
        if test.fn is operator.not_:
            self.assume(test.args[0], not holds)
        elif test.fn is (logical_and if holds else logical_or):
            for part in test.args:
                self.assume(part, holds)
        elif test.fn in OPPOSITE and len(test.args) == 2 and all(map(is_integer, test.args)):
            a, b = map(self.form, test.args)
            if a is not None and b is not None:
                self.facts += compared(test.fn if holds else OPPOSITE[test.fn], combined(b, a, -1))


@dataclass(slots=True)
class Facts:
    """Forms that are zero or more beside those ``below``, by the symbols in them, and what they answered."""

    own: tuple[Form, ...]
    below: Facts | None = None
    answers: dict[Form, bool] = field(default_factory=dict)
    by_symbol: dict[str, list[tuple[int, Form]]] = field(default_factory=dict)
    above: dict[tuple[Form, ...], Facts] = field(default_factory=dict)

    def and_also(self, more: tuple[Form, ...]) -> Facts:
        if not more:
            return self
        if more not in self.above:
            self.above[more] = Facts(more, self)
        return self.above[more]

    def about_symbol(self, symbol: str) -> list[tuple[int, Form]]:
        """The facts with the symbol, and its factors."""
        if symbol not in self.by_symbol:
            found = [] if self.below is None else self.below.about_symbol(symbol)
            own = [(k, fact) for fact in self.own for s, k in fact[0] if s == symbol]
            self.by_symbol[symbol] = [*found, *own] if own else found
        return self.by_symbol[symbol]

    def give(self, form: Form, counted: set[str]) -> bool:
        """Whether the form is zero or more where the facts are, and the symbols that are ``counted``."""
        if form not in self.answers:
            self.answers[form] = self.follows(form, counted)
        return self.answers[form]

    def follows(self, form: Form, counted: set[str]) -> bool:
        if not form[0]:
            return form[1] >= 0
        if self.follow_in_steps(form, counted, MOST_STEPS):
            return True
        return not possible([*self.about(form, counted), combined(constant(-1), form, -1)])

    def follow_in_steps(self, form: Form, counted: set[str], steps: int) -> bool:
        """Whether a few facts add up to a form that is no larger: a cheap proof, where there is one."""
        terms, value = form
        chosen = None
        for term in terms:
            if term[1] < 0 or term[0] not in counted:
                chosen = term
                break
        if chosen is None and value >= 0:
            return True
        if not terms or steps == 0 or len(terms) > MOST_TERMS:
            return False
        symbol, factor = chosen or terms[0]
        for k, fact in self.about_symbol(symbol):
            if (
                (k > 0) is (factor > 0)
                and factor % k == 0
                and self.follow_in_steps(combined(form, fact, -(factor // k)), counted, steps - 1)
            ):
                return True
        return False

    def about(self, form: Form, counted: set[str]) -> list[Form]:
        """The facts that have to do with the form."""
        symbols, found = {s for s, _ in form[0]}, dict[Form, None]()
        waiting = list(symbols)
        while waiting:
            for _, fact in self.about_symbol(waiting.pop()):
                if fact not in found:
                    found[fact] = None
                    waiting += [s for s, _ in fact[0] if s not in symbols]
                    symbols.update(s for s, _ in fact[0])
        return [*found, *(variable(s) for s in sorted(symbols & counted))]


def compared(fn: object, ahead: Form) -> list[Form]:
    """What a comparison says where ``ahead`` is the second number less the first."""
    back = combined(constant(0), ahead, -1)
    one = constant(-1)
    found = {
        operator.lt: [combined(ahead, one)], operator.le: [ahead], operator.gt: [combined(back, one)],
        operator.ge: [back], operator.eq: [ahead, back],
    }  # fmt: skip
    return found.get(fn, [])  # type: ignore[call-overload, no-any-return]


def is_vector(array: Name) -> bool:
    return isinstance(array.kind, Array) and array.kind.ndim == 1


def is_integer(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype == "int64"
