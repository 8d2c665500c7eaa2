"""Gradients that are added up in arrays of their own and copied into the buffers that are given: added up there.

An array that the program copies and writes to has a cotangent beside it, which is the gradient at the end. Where
nothing else shows its memory, the buffer can be that array from the start.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import ZERO, Accumulate, Apply, Assign, Block, Const, Expr, Name, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Opaque
from zygote_nb.ir.walk import all_bound, all_read, bound, names, rename, statements

EVERYTHING = Const(Ellipsis, Opaque("ellipsis"))
UNFILLED = {np.empty, np.empty_like}


def with_buffers_from_the_start(function: Generated) -> Generated:
    """The function, which takes buffers after its seeds, with the arrays that end up in some in their place."""
    tried: set[str] = set()
    while copied := next((s for s in last_copies(function) if s.base.id not in tried), None):  # type: ignore[union-attr]
        tried.add(copied.base.id)  # type: ignore[union-attr]
        function = from_the_start(function, copied)
    return function


def last_copies(function: Generated) -> Iterator[Store]:
    """The statements at the end that copy a variable into a buffer."""
    given = function.params[function.arguments + function.seeds :]
    for stmt in reversed(function.backward):
        if not isinstance(stmt, Store) or stmt.add or not isinstance(stmt.value, Name):
            return
        if stmt.index != EVERYTHING or not isinstance(stmt.base, Name) or stmt.base.id not in given:
            return
        yield stmt


def from_the_start(function: Generated, copied: Store) -> Generated:
    """The function without the statement that copies, if the variable is one array of its own for all of its life."""
    assert isinstance(copied.base, Name)
    assert isinstance(copied.value, Name)
    buffer, own = copied.base, copied.value
    rest = tuple(s for s in (*function.forward, *function.backward) if s is not copied)
    made = next((s for s in rest if isinstance(s, Assign) and s.target == own.id), None)
    if made is None or not is_made_whole(made.value, buffer):
        return function
    binders = [s for s in statements(rest) if own.id in bound(s) and not isinstance(s, Accumulate)]
    used = all_read(rest) | all_bound(rest)
    shown = any(own.id in names(e) for e in function.results) or alias_map(rest).get(own.id, {own.id}) != {own.id}
    if binders != [made] or buffer.id in used or own.id in function.params or shown:
        return function
    zeros = isinstance(made.value, Apply) and made.value.fn in (np.zeros_like, np.zeros)
    filled = Store(buffer, EVERYTHING, ZERO if zeros else made.value, span=made.span)

    def changed(block: Block) -> Block:
        kept = tuple(filled if s is made else s for s in block if s is not copied)
        return rename(kept, lambda n: buffer.id if n == own.id else n)

    in_place = function.in_place | {buffer.id}
    return replace(function, forward=changed(function.forward), backward=changed(function.backward), in_place=in_place)


def is_made_whole(value: Expr, buffer: Name) -> bool:
    """Whether the value is a new array, with all of its entries, of the buffer's shape and dtype."""
    one, other = value.kind, buffer.kind
    if not isinstance(value, Apply) or not is_fresh(value) or value.fn in UNFILLED:
        return False
    if not isinstance(one, Array) or not isinstance(other, Array) or not one.ndim or None in one.dims:
        return False
    return one.dims == other.dims and one.dtype == other.dtype == "float64"
