"""The first contribution to each element of a fresh adjoint is stored: there is nothing yet to add it to."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator

import numpy as np

from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import replace
from zygote_nb.ir import integers
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    WHOLE,
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
    call,
    is_getitem,
)
from zygote_nb.ir.kinds import INT, Array, Opaque
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    breaks,
    expressions,
    names,
    statements,
    subexpressions,
    substitute,
    with_blocks,
)
from zygote_nb.transform import algebra
from zygote_nb.transform.places import affine, is_nonnegative, lower_bounds

ZEROS = {np.zeros_like, np.zeros}
PRODUCTS = {operator.matmul, np.matmul, np.dot}
NOTHING = Const(None, Opaque("none"))


def first_writes(block: Block, buffers: frozenset[str]) -> Block:
    """The block with stores for first contributions; ``buffers`` are parameters whose memory has one name."""
    own = owned((*block, *(Assign(b, Const(0.0)) for b in sorted(buffers))), set())
    return within(block, frozenset(own))


def within(block: Block, own: frozenset[str]) -> Block:
    out = [with_blocks(s, tuple(within(b, own) for b in blocks(s))) for s in block]
    for i, stmt in enumerate(out):
        zeroed = zeroed_by(stmt)
        if zeroed is None or zeroed.id not in own:
            continue
        at = next((k for k in range(i + 1, len(out)) if mentions(out[k], zeroed.id)), len(out))
        loop = out[at] if at < len(out) else None
        if isinstance(loop, Accumulate) and isinstance(stmt, Store) and is_whole(loop, zeroed):
            out[i], out[at] = NO_STATEMENT, replace(stmt, value=loop.value, span=loop.span)
            continue
        if isinstance(loop, Accumulate) and isinstance(stmt, Assign) and is_all_of(loop, zeroed, block):
            out[i], out[at] = NO_STATEMENT, Assign(loop.target, loop.value, loop.span)
            continue
        made = with_first_stored(loop, zeroed.id, (), {}) if isinstance(loop, For) else None
        if made is None:
            continue
        out[at] = made
        if isinstance(stmt, Store) and isinstance(made, For):
            out[i] = remainder_zeroed(stmt, zeroed, made, tuple(out[i:at]))
        elif isinstance(stmt, Assign) and isinstance(made, For):
            out[i] = left_empty(stmt, zeroed, made, tuple(out), i)
    return tuple(s for s in out if s is not NO_STATEMENT)


NO_STATEMENT = Assign("_", Const(0.0))


def zeroed_by(stmt: Stmt) -> Name | None:
    """The array that the statement fills with zeros."""
    match stmt:
        case Assign(value=Apply(fn=fn, kind=Array() as kind)) if fn in ZEROS:
            return Name(stmt.target, kind)
        case Store(base=Name() as base, index=index, value=Const(value=0.0), add=False) if index == WHOLE:
            return base
    return None


def is_whole(stmt: Accumulate, array: Name) -> bool:
    """Whether the statement adds to every element of the array what doesn't depend on it."""
    return stmt.target == array.id and stmt.index is None and array.id not in names(stmt.value)


def is_all_of(stmt: Accumulate, array: Name, block: Block) -> bool:
    """Whether what is added to an array of the block is a new product of matrices with all of its elements.

    Sums that are elementwise join the loop that makes the zeros. A product may lie in another order, so that a reshape
    of it is a copy: nothing may be written to by way of one.
    """
    known = isinstance(array.kind, Array) and None not in array.kind.dims and stmt.value.kind == array.kind
    bases = (s.base for s in statements(block) if isinstance(s, Store | Accumulate) and isinstance(s.base, Apply))
    if not known or not is_whole(stmt, array) or any(array.id in names(b) for b in bases):
        return False
    return isinstance(stmt.value, Apply) and stmt.value.fn in PRODUCTS


def mentions(stmt: Stmt, name: str) -> bool:
    return name in all_read((stmt,)) | all_bound((stmt,))


def with_first_stored(loop: For, name: str, around: tuple[For, ...], ranges: dict[str, int]) -> For | None:
    """The loop with a store for the first contribution, if it meets each element in one iteration only."""
    loops, ranges = (*around, loop), {**ranges, **lower_bounds(loop, ranges)}
    k = next((k for k, s in enumerate(loop.body) if mentions(s, name)), len(loop.body))
    first = loop.body[k] if k < len(loop.body) else None
    made: Stmt | None = None
    if isinstance(first, For) and not any(mentions(s, name) for s in loop.body[k + 1 :]):
        made = with_first_stored(first, name, loops, ranges)
    elif isinstance(first, Accumulate) and first.target == name and is_first(first, loop.body[k:], loops, ranges):
        assert first.index is not None
        made = Store(Name(name, first.kind), first.index, first.value, span=first.span)
        while k + 1 < len(loop.body) and adds_to(loop.body[k + 1], made):
            loop = replace(loop, body=(*loop.body[:k], *loop.body[k + 1 :]))
            made = replace(made, value=algebra.total([made.value, loop.body[k].value]))  # type: ignore[union-attr]
    return None if made is None else replace(loop, body=(*loop.body[:k], made, *loop.body[k + 1 :]))


def adds_to(stmt: Stmt, first: Store) -> bool:
    """Whether the statement adds to what was just stored, and both fit into one."""
    if not isinstance(stmt, Accumulate) or stmt.index != first.index or Name(stmt.target) != first.base:
        return False
    known = stmt.target not in names(stmt.value) and not isinstance(stmt.value.kind, Array)
    return known and algebra.size_of(first.value) + algebra.size_of(stmt.value) <= 16


def is_first(first: Accumulate, rest: Block, loops: tuple[For, ...], ranges: dict[str, int]) -> bool:
    """Whether nothing but these statements touches the element, of which ``first`` is the first."""
    index = first.index
    if index is None or first.base not in (None, Name(first.target)) or first.target in names(first.value):
        return False
    return meets_once(index, loops, ranges) and all(keeps_to(s, first.target, index) for s in statements(rest))


def meets_once(index: Expr, loops: tuple[For, ...], ranges: dict[str, int]) -> bool:
    """Whether each combination of the loop variables has an element of its own, and that all along the iteration."""
    items = index.items if isinstance(index, Tuple) else (index,)
    forms = [affine(i) for i in items]
    surely = {f[0] for f in forms if f is not None and f[0] is not None and is_nonnegative(f, ranges)}
    steps = all(isinstance(p.step, Const) and p.step.value for p in loops)
    rebound = names(index) & all_bound(loops[0].body) - {p.var for p in loops}
    return None not in forms and steps and not rebound and {p.var for p in loops} <= surely


def keeps_to(stmt: Stmt, name: str, index: Expr) -> bool:
    """Whether the statement uses the array at this index only."""
    whole = sum(e == Name(name) for e in every(stmt))
    elements = sum(is_getitem(e) and e.args == (Name(name), index) for e in every(stmt))  # type: ignore[union-attr]
    match stmt:
        case Accumulate() if stmt.target == name:
            if stmt.index != index or stmt.base not in (None, Name(name)):
                return False
            whole -= stmt.base is not None
        case Store(base=base) if base == Name(name):
            if stmt.index != index or stmt.add:
                return False
            whole -= 1
    return whole == elements


def every(stmt: Stmt) -> Iterator[Expr]:
    for expr in expressions(stmt):
        yield from subexpressions(expr)


def remainder_zeroed(zeroing: Store, array: Name, loop: For, between: Block) -> Stmt:
    """The zeroing where the loop stores to all elements before some index: only of those after it."""
    written = next((s for s in loop.body if isinstance(s, Store) and s.base == array), None)
    length = covered(loop)
    if written is None or written.index != Name(loop.var) or length is None or breaks(loop.body):
        return zeroing
    if names(length) & all_bound(between):
        return zeroing
    if is_length_of(length, array):
        return NO_STATEMENT
    bound = length if is_length(length) else call(max, length, INT_ZERO, kind=INT)
    return replace(zeroing, index=Apply(slice, (bound, NOTHING, NOTHING), (), Opaque("slice")))


def left_empty(made: Assign, array: Name, loop: For, block: Block, at: int) -> Assign:
    """The matrix without zeros, where the loop stores to all rows, or to all elements."""
    assert isinstance(made.value, Apply)
    like = made.value.args[0]
    if made.value.fn is not np.zeros_like or not isinstance(like, Name) or not isinstance(array.kind, Array):
        return made
    if array.kind.dtype != "float64" or array.kind.ndim < 2 or not isinstance(like.kind, Array):
        return made
    counts = Counter(n for s in statements(block) for n in bound(s))
    lengths = {s.target: s.value for s in block[:at] if isinstance(s, Assign) and counts[s.target] == 1}
    wanted = tuple(integers.length(like, axis) for axis in range(array.kind.ndim))
    if counts[like.id] or counts[array.id] != 1 or not fills(loop, array, wanted, lengths):
        return made
    return replace(made, value=Apply(np.empty, (Tuple(wanted),), (), array.kind))


def fills(loop: For, array: Name, wanted: tuple[Expr, ...], lengths: dict[str, Expr]) -> bool:
    """Whether the loop, or those in it, store at all indices; ``lengths`` are variables that hold some."""
    loops = [loop]
    while not (written := [s for s in loops[-1].body if isinstance(s, Store) and s.base == array]):
        inner = [s for s in loops[-1].body if isinstance(s, For) and mentions(s, array.id)]
        if len(inner) != 1:
            return False
        loops += inner
    index, whole = written[0].index, isinstance(written[0].value.kind, Array)
    places = index.items if isinstance(index, Tuple) else (index,)
    if places != tuple(Name(p.var) for p in loops) or not (whole or len(places) == len(wanted)):
        return False
    known = (substitute(n, lengths) if (n := covered(p)) is not None else None for p in loops)
    return not any(breaks(p.body) for p in loops) and tuple(known) == wanted[: len(places)]


def covered(loop: For) -> Expr | None:
    """``n``, if the loop variable takes all values from 0 to ``n - 1``."""
    if loop.stop == loop.step == Const(-1):
        return integers.plus(loop.start, INT_ONE)
    return loop.stop if loop.start == INT_ZERO and loop.step == INT_ONE else None


def is_length(length: Expr) -> bool:
    """Whether it says how many elements an array has, which is never negative."""
    match length:
        case Apply(fn=fn, args=(Name(kind=Array(ndim=1)),)):
            return fn is len or fn == Attribute("size")
        case Apply(fn=operator.getitem, args=(Apply(fn=fn, args=(Name(),)), Const(value=0))):
            return fn == Attribute("shape")
    return False


def is_length_of(length: Expr, array: Name) -> bool:
    if not is_length(length) or not isinstance(array.kind, Array):
        return False
    other = next(e.kind for e in subexpressions(length) if isinstance(e, Name))
    return isinstance(other, Array) and other.dims[0] == array.kind.dims[0] is not None
