"""Whether two indices name different elements, proved from their form."""

from __future__ import annotations

import operator

from zygote_nb.ir.core import Apply, Const, Expr, For, Name, Tuple

Affine = tuple[str | None, int]


def affine(index: Expr) -> Affine | None:
    """An index as a variable plus a constant; the variable is None for a constant."""
    match index:
        case Const(value=int(value)):
            return None, value
        case Name(id):
            return id, 0
        case Apply(fn=operator.add, args=(Name(id), Const(value=int(value)))):
            return id, value
        case Apply(fn=operator.add, args=(Const(value=int(value)), Name(id))):
            return id, value
        case Apply(fn=operator.sub, args=(Name(id), Const(value=int(value)))):
            return id, -value
    return None


def is_nonnegative(form: Affine, ranges: dict[str, int]) -> bool:
    name, offset = form
    if name is None:
        return offset >= 0
    return name in ranges and ranges[name] + offset >= 0


def apart(a: Expr, b: Expr, ranges: dict[str, int]) -> bool:
    """Whether the indices surely differ. ``ranges`` has lower bounds of loop variables.

    A negative index counts from the end and may meet any other, so both must be known not to be negative.
    """
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.items) == len(b.items) and any(apart(p, q, ranges) for p, q in zip(a.items, b.items, strict=True))
    p, q = affine(a), affine(b)
    if p is None or q is None or p[0] != q[0] or p[1] == q[1]:
        return False
    both = [is_nonnegative(p, ranges), is_nonnegative(q, ranges)]
    if p[0] is None and not any(both):
        return True
    return all(both)


def lower_bounds(loop: For, ranges: dict[str, int]) -> dict[str, int]:
    """The least value of the loop variable, where it is known."""
    match loop.step:
        case Const(value=int(step)) if step > 0:
            form = affine(loop.start)
            if form is not None and form[0] is None:
                return {loop.var: form[1]}
            if form is not None and form[0] in ranges:
                return {loop.var: ranges[form[0]] + form[1]}
        case Const(value=int(step)) if step < 0:
            form = affine(loop.stop)
            if form is not None and form[0] is None:
                return {loop.var: form[1] + 1}
    return {}
