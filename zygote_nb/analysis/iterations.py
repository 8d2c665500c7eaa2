"""Iterations of loops as systems of inequalities: bounds and indices are linear forms of loop variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zygote_nb.analysis.cost import SHAPE_ONLY, content_reads
from zygote_nb.analysis.linear import Form, combined, constant, linear, possible, variable
from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import Apply, Const, Expr, For, Name, Tuple, While, is_getitem
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import all_bound, children, names

Loops = tuple[For | While, ...]
Index = tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration of each of some loops, called ``which``, within one iteration of each of the loops ``around``.

    ``is_fixed`` says which other variables keep their value.
    """

    which: str
    loops: Loops
    is_fixed: Callable[[str], bool]
    around: Loops = ()

    def form(self, expr: Expr) -> Form | None:
        own = {loop.var for loop in self.loops if isinstance(loop, For)}
        shared = {loop.var for loop in self.around if isinstance(loop, For)}
        return linear(expr, lambda n: self.named(n) if n in own else n if n in shared or self.is_fixed(n) else None)

    def named(self, name: str) -> str:
        return f"{self.which} {name}"

    def bounds(self) -> list[Form]:
        """What the loops say about their variables."""
        found: list[Form] = []
        for loop in (*self.around, *self.loops):
            sign = direction(loop)
            if not isinstance(loop, For) or not sign:
                continue
            var = variable(loop.var if loop in self.around else self.named(loop.var))
            start, stop = (None if moves(e, loop) else self.form(e) for e in (loop.start, loop.stop))
            if start is not None:
                found.append(scaled(combined(var, start, -1), sign))
            if stop is not None:
                found.append(combined(scaled(combined(stop, var, -1), sign), constant(-1)))
        return found

    def counted(self, index: Expr, bounds: list[Form]) -> Form | None:
        """The form of an index that is not negative within the bounds."""
        form = self.form(index)
        if form is None or possible([*bounds, combined(constant(-1), form, -1)]):
            return None
        return form


def moves(bound: Expr, loop: For) -> bool:
    """Whether a bound of a loop reads what the loop binds anew: it was worked out before."""
    return not names(bound).isdisjoint(all_bound(loop.body))


def same_place(p: Iteration, a: Index, q: Iteration, b: Index) -> list[Form]:
    """That two places are the same one, as far as they are known not to be counted from the end."""
    found: list[Form] = []
    here, there = p.bounds(), q.bounds()
    for i, j in zip(a, b, strict=False):
        one, other = p.counted(i, here), q.counted(j, there)
        if one is not None and other is not None:
            found += equal(one, other)
    return found


def equal(a: Form, b: Form) -> list[Form]:
    return [combined(a, b, -1), combined(b, a, -1)]


def later(loop: For | While, p: Iteration, q: Iteration, beyond: int = 0) -> list[Form]:
    """That the iteration ``p`` of a loop is more than ``beyond`` after ``q``, if the loop says what that means."""
    sign = direction(loop)
    if not isinstance(loop, For) or not isinstance(loop.step, Const) or not sign:
        return []
    ahead = combined(variable(p.named(loop.var)), variable(q.named(loop.var)), -1)
    return [combined(scaled(ahead, sign), constant(-1 - beyond * abs(loop.step.value)))]


def same_iteration(loop: For | While, p: Iteration, q: Iteration) -> list[Form]:
    if not isinstance(loop, For):
        return []
    return equal(variable(p.named(loop.var)), variable(q.named(loop.var)))


def direction(loop: For | While) -> int:
    """1 or -1 for a loop whose variable rises or falls, 0 where that isn't known."""
    if not isinstance(loop, For) or not isinstance(loop.step, Const):
        return 0
    return (loop.step.value > 0) - (loop.step.value < 0)


def scaled(form: Form, factor: int) -> Form:
    return combined(constant(0), form, factor)


def parts_read(expr: Expr) -> Iterator[tuple[str, Index | None]]:
    """The variables whose contents are read, each with the index of the part, if it is known."""
    match expr:
        case Apply(args=(Name(id), index)) if is_getitem(expr):
            yield id, parts_of(index)
            yield from parts_read(index)
        case Apply(fn=fn) if fn in SHAPE_ONLY:
            for name in content_reads(expr):
                yield name, None
        case Name(id):
            yield id, None
        case _:
            for child in children(expr):
                yield from parts_read(child)


def parts_of(index: Expr) -> Index | None:
    """One expression for each of the first axes; None if it is not plain which axes these are."""
    items = index.items if isinstance(index, Tuple) else (index,)
    return items if all(map(is_plain, items)) else None


def is_plain(item: Expr) -> bool:
    if isinstance(item, Apply) and item.fn is slice:
        return True
    return isinstance(item.kind, Scalar) and item.kind.dtype[0] in "iu"
