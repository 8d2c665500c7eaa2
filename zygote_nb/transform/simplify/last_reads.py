"""Cotangents that nothing reads any more are not cleared, where each iteration has elements of its own."""

from __future__ import annotations

from collections import Counter

from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import ZERO, Accumulate, Assign, Block, Expr, For, Name, Stmt, Store
from zygote_nb.ir.walk import blocks, bound, names, read, statements, with_blocks
from zygote_nb.transform.places import lower_bounds
from zygote_nb.transform.simplify.first_writes import keeps_to, meets_once, mentions


def last_reads(forward: Block, backward: Block, results: tuple[Expr, ...]) -> Block:
    """The backward sweep without such stores."""
    if not any(is_cleared(s) for s in statements(backward)):
        return backward
    body = (*forward, *backward)
    uses = Counter(n for s in statements(body) for n in {*bound(s), *read(s)})
    uses.update(n for r in results for n in names(r))
    return within(backward, frozenset(owned(body, set())), uses)


def is_cleared(stmt: Stmt) -> bool:
    return isinstance(stmt, Store) and isinstance(stmt.base, Name) and stmt.value == ZERO and not stmt.add


def within(block: Block, own: frozenset[str], uses: Counter[str]) -> Block:
    out = [with_blocks(s, tuple(within(b, own, uses) for b in blocks(s))) if blocks(s) else s for s in block]
    made = {s.target for s in block if isinstance(s, Assign)} & own
    for name in sorted(made):
        here = [s for s in statements(block) if name in bound(s) or name in read(s)]
        once = sum(name in bound(s) for s in here if not isinstance(s, Accumulate)) == 1
        at = max(k for k, s in enumerate(out) if mentions(s, name))
        loop = out[at]
        if once and len(here) == uses[name] and isinstance(loop, For):
            out[at] = without_last_cleared(loop, name, (), {}) or loop
    return tuple(out)


def without_last_cleared(loop: For, name: str, around: tuple[For, ...], ranges: dict[str, int]) -> For | None:
    """The loop without its last store, if that clears an element that no other iteration meets."""
    loops, ranges = (*around, loop), {**ranges, **lower_bounds(loop, ranges)}
    places = [k for k, s in enumerate(loop.body) if mentions(s, name)]
    k = places[-1]
    last = loop.body[k]
    if isinstance(last, For) and len(places) == 1:
        made = without_last_cleared(last, name, loops, ranges)
        return None if made is None else replace(loop, body=(*loop.body[:k], made, *loop.body[k + 1 :]))
    if not is_cleared(last) or last.base != Name(name) or not meets_once(last.index, loops, ranges):  # type: ignore[union-attr]
        return None
    if not all(keeps_to(s, name, last.index) for s in statements(loop.body)):  # type: ignore[union-attr]
        return None
    return replace(loop, body=(*loop.body[:k], *loop.body[k + 1 :]))
