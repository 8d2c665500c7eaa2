"""One comparison before a loop that says of an index in it whether it stays within its array."""

from __future__ import annotations

import operator
from collections.abc import Iterator

from zygote_nb.analysis.linear import Form, combined, constant, variable
from zygote_nb.backend.inequalities import Known
from zygote_nb.backend.places import Place, places
from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import Apply, Block, Const, Expr, For, If, Name, Stmt, While
from zygote_nb.ir.kinds import BOOL, INT
from zygote_nb.ir.walk import all_bound, breaks, names

Nest = tuple[For, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """``excess`` is above zero where the index leaves the array, if ``needed``, too, are zero or more."""

    excess: Form
    needed: tuple[Form, ...]


def guards_of(loop: For, known: Known) -> Iterator[Guard]:
    """The comparisons that are needed before a loop, each after the ones before it were made."""
    bound = all_bound((loop,))
    views: dict[tuple[int, ...], Inside] = {}
    found = [(len(nest), guard_for(place, nest, bound, known, views)) for place, nest in certain(loop.body, (loop,))]
    made = {guard: depth for depth, guard in found if guard is not None}
    for guard in sorted(made, key=lambda g: (made[g], -g.excess[1], len(g.needed))):
        if not known.holds(combined(constant(0), guard.excess, -1), guard.needed):
            yield guard


def certain(block: Block, nest: Nest) -> Iterator[tuple[Place, Nest]]:
    """Places to which each iteration comes, with the loops around them."""
    if breaks(block):
        return
    for stmt in block:
        if not isinstance(stmt, While | For):
            yield from ((p, nest) for p in places(stmt) or () if p.always)
        for loop in loops_of(stmt):
            yield from certain(loop.body, (*nest, loop))


def loops_of(stmt: Stmt) -> Iterator[For]:
    """The loop that the statement is, or those that it asks first whether they have an iteration."""
    if isinstance(stmt, For):
        yield stmt
    if isinstance(stmt, If) and not stmt.orelse:
        yield from (s for s in stmt.body if isinstance(s, For) and entered(s) == stmt.test)


def entered(loop: For) -> Expr:
    """Whether a loop that counts by one has an iteration."""
    up = isinstance(loop.step, Const) and loop.step.value > 0
    return Apply(operator.lt if up else operator.gt, (loop.start, loop.stop), (), BOOL)


def guard_for(
    place: Place, nest: Nest, bound: set[str], known: Known, views: dict[tuple[int, ...], Inside]
) -> Guard | None:
    """What to ask before the outermost of the loops, or None if nothing need or can be asked.

    ``views`` are those of the nests that were asked about before: questions about their iterations are the same.
    """
    own = {loop.var for loop in nest}
    read = names(place.index).union(*(names(loop.start) | names(loop.stop) for loop in nest))
    if place.array.id in bound | known.roomy or (read & bound) - own:
        return None
    inside = views.get(key := tuple(map(id, nest))) or Inside(known, nest)
    views[key] = inside
    index, length = inside.form(place.index), known.length_of(place.array, place.axis)
    if index is None or length is None or not inside.ready:
        return None
    room = combined(combined(length, index, -1), constant(-1))
    if not inside.holds(index) or inside.holds(room):
        return None
    form, needed = inside.least(room)
    excess = combined(constant(0), form, -1)
    wanted = [n for n in needed if not known.holds(n, [combined(excess, constant(-1))])]
    return Guard(excess, tuple(dict.fromkeys(wanted)))


@dataclass(frozen=True, slots=True)
class Counter:
    """The symbol of a loop's variable, and the loop's bounds."""

    symbol: str
    start: Form
    stop: Form
    step: int

    @property
    def ends(self) -> tuple[Form, Form]:
        """The least and the largest value."""
        if self.step > 0:
            return self.start, combined(self.stop, constant(-1))
        return combined(self.stop, constant(1)), self.start

    @property
    def facts(self) -> list[Form]:
        low, high = self.ends
        return [combined(variable(self.symbol), low, -1), combined(high, variable(self.symbol), -1)]


def counter_of(loop: For, known: Known) -> Counter | None:
    """A symbol for the variable of a loop that counts up or down by one, which is named by it from here on."""
    start, stop = known.form(loop.start), known.form(loop.stop)
    step = loop.step.value if isinstance(loop.step, Const) else 0
    known.forget({loop.var})
    var = known.symbol(loop.var, Name(loop.var, INT))
    known.values[loop.var] = var
    if start is None or stop is None or step == 0:
        return None
    counter = Counter(var[0][0][0], start, stop, step)
    known.ranges[counter.symbol] = frozenset(s for form in (start, stop) for s, _ in form[0])
    return counter


class Inside:
    """An iteration of some loops, seen from before them."""

    def __init__(self, known: Known, nest: Nest) -> None:
        values, shown = dict(known.values), dict(known.shown)
        self.known = known
        found = [counter_of(loop, known) for loop in nest]
        self.values = {loop.var: known.values[loop.var] for loop in nest}
        own = {form[0][0][0] for form in self.values.values()}
        known.values = {n: f for n, f in known.values.items() if n not in self.values} | values
        known.shown = {s: e for s, e in known.shown.items() if s not in own} | shown
        self.counters = [c for c in found if c is not None and abs(c.step) == 1]
        self.ready = len(self.counters) == len(nest)
        self.bounds = [f for c in self.counters for f in c.facts]

    def form(self, expr: Expr) -> Form | None:
        saved = dict(self.known.values)
        self.known.values.update(self.values)
        form = self.known.form(expr)
        self.known.values = saved
        return form

    def holds(self, form: Form) -> bool:
        return self.known.holds(form, self.bounds)

    def least(self, form: Form) -> tuple[Form, list[Form]]:
        """The least value of a form, and what is zero or more if the loops come to it."""
        needed: list[Form] = []
        for counter in reversed(self.counters):
            low, high = counter.ends
            needed.append(combined(high, low, -1))
            at = low if dict(form[0]).get(counter.symbol, 0) >= 0 else high
            form, *needed = (replaced(f, counter.symbol, at) for f in (form, *needed))
        return form, needed


def replaced(form: Form, symbol: str, value: Form) -> Form:
    factor = dict(form[0]).get(symbol, 0)
    return form if not factor else combined(combined(form, variable(symbol), -factor), value, factor)


def above_zero(form: Form, known: Known) -> Expr | None:
    """``form > 0`` as one writes it, or None where the symbols have no names now or the sums may overflow."""
    left, right = [], []
    for symbol, k in form[0]:
        shown = known.shown.get(symbol)
        if shown is None or abs(k) > 4:
            return None
        many = Apply(operator.mul, (Const(abs(k), INT), shown), (), INT)
        (left if k > 0 else right).append(shown if abs(k) == 1 else many)
    if (len(left) > 1 or len(right) > 1 or form[1]) and known.trusted(form) is None:
        return None
    less, more = added(right, max(-form[1], 0)), added(left, max(form[1], 0))
    return Apply(operator.gt, (more, less), (), BOOL) if left else Apply(operator.lt, (less, more), (), BOOL)


def added(terms: list[Expr], value: int) -> Expr:
    if not terms:
        return Const(value, INT)
    total = terms[0]
    for term in terms[1:]:
        total = Apply(operator.add, (total, term), (), INT)
    return Apply(operator.add, (total, Const(value, INT)), (), INT) if value else total
