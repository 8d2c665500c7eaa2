"""Heaps and sorted lists: what `heapq` and `bisect` do, as functions of the program like any other.

A heap is a list of which no entry is less than its parent, that of entry ``i`` being entry ``(i - 1) // 2``. Which
entries change places is part of what these functions promise: a program may look into the list.
"""

from __future__ import annotations

import ast
import bisect
import heapq
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.origins import must_grow
from zygote_nb.frontend.templates import NeedsColumns

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def rise(heap, at, first):
    """Bring an entry up to where its parent is not greater."""
    item = heap[at]
    while at > first:
        parent = (at - 1) // 2
        if not item < heap[parent]:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = item


def settle(heap, first):
    """Let the least of the entries below fill the place of the first one, which then rises from the end of the way."""
    item = heap[first]
    at, child = first, 2 * first + 1
    while child < len(heap):
        if child + 1 < len(heap) and not heap[child] < heap[child + 1]:
            child += 1
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = item
    rise(heap, at, first)


def push(heap, item):
    heap.append(item)
    rise(heap, len(heap) - 1, 0)


def pop(heap):
    last = heap.pop()
    if len(heap) > 0:
        first = heap[0]
        heap[0] = last
        settle(heap, 0)
        last = first
    return last


def replace(heap, item):
    first = heap[0]
    heap[0] = item
    settle(heap, 0)
    return first


def push_and_pop(heap, item):
    if len(heap) > 0 and heap[0] < item:
        first = heap[0]
        heap[0] = item
        settle(heap, 0)
        item = first
    return item


def make_heap(items):
    for i in range(len(items) // 2 - 1, -1, -1):
        settle(items, i)


def place_after(a, x, lo=0, hi=None, *, key=None):
    """Where to insert ``x`` so that the items stay in order, behind those that are equal."""
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None else hi
    while lo < end:
        middle = (lo + end) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            end = middle
        else:
            lo = middle + 1
    return lo


def place_before(a, x, lo=0, hi=None, *, key=None):
    """Where to insert ``x`` so that the items stay in order, before those that are equal."""
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None else hi
    while lo < end:
        middle = (lo + end) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            lo = middle + 1
        else:
            end = middle
    return lo


def insert_after(a, x, lo=0, hi=None, *, key=None):
    a.insert(place_after(a, x if key is None else key(x), lo, hi, key=key), x)


def insert_before(a, x, lo=0, hi=None, *, key=None):
    a.insert(place_before(a, x if key is None else key(x), lo, hi, key=key), x)


def largest(n, items, key=None):
    return sorted(items, key=key, reverse=True)[: max(n, 0)]


def smallest(n, items, key=None):
    return sorted(items, key=key)[: max(n, 0)]


WRITTEN: dict[Any, Any] = {
    heapq.heappush: push, heapq.heappop: pop, heapq.heapreplace: replace, heapq.heappushpop: push_and_pop,
    heapq.heapify: make_heap, heapq.nlargest: largest, heapq.nsmallest: smallest,
    bisect.bisect: place_after, bisect.bisect_right: place_after, bisect.bisect_left: place_before,
    bisect.insort: insert_after, bisect.insort_right: insert_after, bisect.insort_left: insert_before,
}  # fmt: skip
CHANGING = {push, pop, replace, push_and_pop, make_heap, insert_after, insert_before}


def call_written(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of one of these functions; what is wrong with it is told with the user's line."""
    own = WRITTEN[fn]
    lists = [a for a in args[:1] if isinstance(a, Obj) and a.cls is list]
    for given in lists if own in CHANGING else ():
        must_grow(lo, node, given.ident, get_object(lo, given))
    try:
        return lo.program.invoke(lo, node, own, args, kwargs)
    except NeedsColumns:
        raise
    except UnsupportedSyntaxError as error:
        hint = error.hint or "keep numbers, or tuples of numbers, in the list"
        raise lo.refuse(node, f"`{fn.__name__}`: {error.what}", hint) from None
