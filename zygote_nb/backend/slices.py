"""Which elements slices and integers select: regions of arrays, whose lengths are named before the loops."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.backend.regions import (
    NOTHING,
    Axis,
    Kept,
    Region,
    constant,
    is_ellipsis,
    is_new_axis,
    is_nothing,
)
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import INT_ONE, INT_ZERO, Apply, Assign, Const, Expr, Name, Span, Stmt, Tuple, call
from zygote_nb.ir.integers import minus, plus_constant
from zygote_nb.ir.kinds import INT, Array, Opaque, Scalar
from zygote_nb.runtime import checked


@dataclass(slots=True)
class Slices:
    """Finds regions. What has to be worked out for them goes to ``out``, into variables that are not ``taken``.

    ``lengths`` are those that have a name, ``integers`` all such names.
    """

    taken: set[str]
    out: list[Stmt] = field(default_factory=list)
    lengths: dict[Any, Expr] = field(default_factory=dict)
    integers: set[str] = field(default_factory=set)
    span: Span = field(default_factory=Span)

    def fresh(self, name: str) -> str:
        found = next(n for i in range(len(self.taken) + 1) if (n := f"{name}{i or ''}") not in self.taken)
        self.taken.add(found)
        return found

    def region(self, base: Name, index: Expr) -> Region:
        if not isinstance(base.kind, Array):
            raise Kept
        given = list(index.items) if isinstance(index, Tuple) else [index]
        rank, used = base.kind.ndim, sum(not is_ellipsis(g) and not is_new_axis(g) for g in given)
        if not any(map(is_ellipsis, given)):
            given.append(Const(Ellipsis, Opaque("ellipsis")))
        at = next(i for i, g in enumerate(given) if is_ellipsis(g))
        full = Apply(slice, (NOTHING, NOTHING, NOTHING), (), Opaque("slice"))
        given[at : at + 1] = [full] * (rank - used)
        places: list[Expr | int] = []
        axes: list[Axis] = []
        for part in given:
            if is_new_axis(part):
                axes.append(Axis(INT_ONE, single=True))
            elif isinstance(part, Apply) and part.fn is slice:
                places.append(len(axes))
                axes.append(self.axis(base, len(places) - 1, part))
            elif isinstance(part.kind, Scalar) and part.kind.dtype[0] in "iu":
                count = self.length(base, len(places), base.kind.dims[len(places)])
                places.append(self.named(Apply(checked.index, (part, count), (), INT)))
            else:
                raise Kept
        return Region(base.id, base.kind, tuple(places), tuple(axes))

    def axis(self, base: Name, number: int, part: Apply) -> Axis:
        start, stop, step = (part.args + (NOTHING,) * 3)[:3]
        label = base.kind.dims[number]  # type: ignore[union-attr]
        whole = is_nothing(start) and is_nothing(stop) and is_nothing(step)
        if whole:
            return Axis(self.length(base, number, label), single=label == 1)
        stride = 1 if is_nothing(step) else constant(step)
        if stride is None or stride < 1:
            raise Kept
        count = self.length(base, number, label)
        first = INT_ZERO if is_nothing(start) else self.bound(start, count, checked.slice_start)
        last = count if is_nothing(stop) else self.bound(stop, count, checked.slice_stop)
        ends = (constant(start), constant(stop))
        length = minus(last, first)
        if (not is_nothing(start) and ends[0] is None) or (not is_nothing(stop) and ends[1] is None):
            length = call(max, length, INT_ZERO, kind=INT)
        last_only = ends[0] == -1 and is_nothing(stop)
        short = last_only or (ends[1] is not None and ends[1] - (ends[0] or 0) == 1)
        if stride > 1:
            rounded = call(operator.add, length, Const(stride - 1, INT), kind=INT)
            length = call(operator.floordiv, rounded, Const(stride, INT), kind=INT)
        return Axis(self.named(length), first, stride, short=short)

    def bound(self, value: Expr, count: Expr, settle: Callable[[int, int], int]) -> Expr:
        """An end of a slice. A start beyond the end leaves no elements, whatever it is then."""
        known = constant(value)
        if known is not None and known >= 0:
            return Const(known, INT) if settle is checked.slice_start else call(min, count, Const(known, INT), kind=INT)
        if known is not None and settle is checked.slice_stop:
            return plus_constant(count, known)
        return self.named(Apply(settle, (value, count), (), INT))

    def length(self, base: Name, number: int, label: Any) -> Expr:
        shape = call(Attribute("shape"), base, kind=Opaque("shape"))
        key = label if label is not None and label != 1 else (base.id, number)
        if key not in self.lengths:
            self.lengths[key] = Apply(operator.getitem, (shape, Const(number, INT)), (), INT)
        return self.lengths[key]

    def named(self, value: Expr) -> Expr:
        if isinstance(value, (Name, Const)):
            return value
        if value not in self.lengths:
            name = Name(self.fresh("n"), INT)
            self.out.append(Assign(name.id, value, self.span))
            self.lengths[value] = name
            self.integers.add(name.id)
        return self.lengths[value]
