"""Linear forms of integers, and whether inequalities between them can hold together."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from math import gcd

from zygote_nb.ir.core import Apply, Const, Expr, Name

Form = tuple[tuple[tuple[str, int], ...], int]
"""The sum of multiples of variables, sorted, and a constant."""

LIMIT = 120


def constant(value: int) -> Form:
    return (), value


def variable(name: str) -> Form:
    return ((name, 1),), 0


def combined(a: Form, b: Form, factor: int = 1) -> Form:
    """``a + factor * b``."""
    value = a[1] + factor * b[1]
    if not b[0]:
        return a[0], value
    terms = dict(a[0])
    for name, k in b[0]:
        terms[name] = terms.get(name, 0) + factor * k
    return tuple(sorted([t for t in terms.items() if t[1]])), value


def linear(expr: Expr, named: Callable[[str], str | None]) -> Form | None:
    """The linear form of an expression; ``named`` gives variables their names in it, or None."""
    match expr:
        case Const(value=bool()):
            return None
        case Const(value=int(value)):
            return constant(value)
        case Name(id):
            name = named(id)
            return None if name is None else variable(name)
        case Apply(fn=operator.neg, args=(a,)):
            form = linear(a, named)
            return None if form is None else combined(constant(0), form, -1)
        case Apply(fn=operator.add | operator.sub as fn, args=(a, b)):
            p, q = linear(a, named), linear(b, named)
            return None if p is None or q is None else combined(p, q, 1 if fn is operator.add else -1)
        case Apply(fn=operator.mul, args=(a, b)):
            p, q = linear(a, named), linear(b, named)
            if p is None or q is None or (p[0] and q[0]):
                return None
            return combined(constant(0), q, p[1]) if not p[0] else combined(constant(0), p, q[1])
    return None


def possible(forms: Iterable[Form]) -> bool:
    """Whether all the forms can be zero or more at once; True where that is not found out (Fourier and Motzkin)."""
    return possible_together(frozenset(map(reduced, forms)))


@functools.lru_cache(4096)
def possible_together(forms: frozenset[Form]) -> bool:
    found = set(forms)
    while True:
        if any(not terms and value < 0 for terms, value in found):
            return False
        found = {f for f in found if f[0]}
        if not found or len(found) > LIMIT:
            return True
        pairs = pairs_of(found)
        if free := {n for n, count in pairs.items() if not count}:
            # What bounds a variable on one side only can be fulfilled by it.
            found = {f for f in found if free.isdisjoint(n for n, _ in f[0])}
        else:
            found = without(found, min(pairs, key=lambda n: (pairs[n], n)))


def pairs_of(forms: set[Form]) -> dict[str, int]:
    """For each variable, how many pairs of inequalities bound it from below and from above."""
    above: dict[str, int] = {}
    below: dict[str, int] = {}
    for terms, _ in forms:
        for name, k in terms:
            side = above if k > 0 else below
            side[name] = side.get(name, 0) + 1
    return {n: above.get(n, 0) * below.get(n, 0) for n in above.keys() | below.keys()}


def without(forms: set[Form], name: str) -> set[Form]:
    """What follows from the forms for the other variables."""
    held = {f: k for f in forms if (k := dict(f[0]).get(name, 0))}
    rest = forms - set(held)
    for low, a in held.items():
        for high, b in held.items():
            if a > 0 > b:
                rest.add(reduced(combined(combined(constant(0), low, -b), high, a)))
    return rest


def reduced(form: Form) -> Form:
    """The same inequality of integers with the smallest factors."""
    terms, value = form
    divisor = gcd(*[k for _, k in terms]) if terms else 1
    return (tuple((n, k // divisor) for n, k in terms), value // divisor) if divisor > 1 else form
