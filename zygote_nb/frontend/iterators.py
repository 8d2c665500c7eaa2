"""``map``, ``filter``, ``zip`` and the rest of the standard library's iterators, as generators that ``loops`` holds."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import itertools
import math
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.frontend import loops
from zygote_nb.frontend.classes import class_method
from zygote_nb.frontend.comprehensions import listed
from zygote_nb.frontend.displays import call_frozenset
from zygote_nb.frontend.generators import collected, is_generator_object, suspend, value_of
from zygote_nb.frontend.getters import make_getter
from zygote_nb.frontend.heap import Obj, new_object
from zygote_nb.frontend.indexed import call_item_of, call_more, indexed_by, step
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.making import call_contextmanager, call_manager, call_update_wrapper, call_wraps
from zygote_nb.frontend.resumed import call_there
from zygote_nb.frontend.sequences import bounds_of_range
from zygote_nb.frontend.tables import is_table, is_view
from zygote_nb.frontend.tables import listed as listed_keys
from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import INT_ONE, INT_ZERO, Const, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Scalar

Kwargs = tuple[tuple[str, Any], ...]
Call = Callable[[Lowering, ast.AST, list[Any], Kwargs], Any]


def without_generators(lo: Lowering, node: ast.AST, args: list[Any]) -> list[Any]:
    """Arguments of a function that goes through each of them once: what a generator yields, as a list."""
    return [collected(lo, node, a) if is_generator_object(a) else a for a in args]


def indexable(lo: Lowering, node: ast.AST, args: list[Any]) -> list[Any]:
    """The same, and lists in place of ranges."""
    return [as_items(lo, node, a) for a in without_generators(lo, node, args)]


def as_items(lo: Lowering, node: ast.AST, value: Any) -> Any:
    if isinstance(value, Obj) and value.cls is range:
        return listed(lo, node, value)
    if is_table(value) or is_view(value):
        return listed_keys(lo, node, value)
    if isinstance(value, Const) and isinstance(value.value, range):
        return lo.tuple_of([lo.constant(i) for i in value.value])
    return value


def is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None


def named(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs, **defaults: Any) -> list[Any]:
    """Arguments by position or by name, in order; a default of None means that the argument is required."""
    given = dict(zip(defaults, args, strict=False)) | dict(kwargs)
    values = [given.get(name, default) for name, default in defaults.items()]
    if any(v is None for v in values) or len(args) > len(values) or not set(given) <= set(defaults):
        raise lo.raised(node, TypeError, f"wrong arguments of `{ast.unparse(node)}`")
    return values


def plainly(fn: Any, indexed: bool = False) -> Call:
    """The function of ``loops`` with the arguments as they are; ``indexed``, with lists in place of generators."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        return suspend(lo, node, fn, indexable(lo, node, args) if indexed else args, kwargs)

    return call


def call_range(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    bounds = bounds_of_range(lo, node, [lo.snapshot(a) for a in args])
    if all(isinstance(b, Const) for b in bounds):
        made = range(*(b.value for b in bounds))  # type: ignore[union-attr]
        # Constants are the same if they are one object.
        return static(lo.program.memo.setdefault(("range", made), made), "range")
    return new_object(lo, node, range, list(zip(("start", "stop", "step"), bounds, strict=True)), "range")


def call_of_numbers(fn: Any) -> Call:
    """``math.fsum`` and ``math.prod`` of an iterable: of an array of its items."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        first, *rest = indexable(lo, node, args)
        first = lo.snapshot(first)
        if isinstance(first, Tuple) or isinstance(first.kind, ListOf):
            first = lo.apply(node, np.array, [first])
        return lo.apply(node, fn, [first, *rest], kwargs)

    return call


def call_fromiter(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    items, dtype, *_ = named(lo, node, args, kwargs, iter=None, dtype=None, count=Const(-1, INT_ZERO.kind))
    return lo.apply(node, np.array, indexable(lo, node, [items]), (("dtype", dtype),))


def call_map(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return suspend(lo, node, loops.map_one if len(args) == 2 else loops.map_, args)


def call_filter(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if is_none(args[0]) or (isinstance(args[0], Const) and args[0].value is bool):
        return suspend(lo, node, loops.filter_true, args[1:])
    return suspend(lo, node, loops.filter_, args)


def call_zip(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    strict = dict(kwargs).get("strict", static(False))
    if isinstance(strict, Const) and not strict.value:
        return suspend(lo, node, loops.zip_, args)
    return suspend(lo, node, loops.zip_strict, args)


def call_next(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    own = class_method(args[0].cls, "__next__") if isinstance(args[0], Obj) else None
    if own is not None and len(args) == 1:
        return lo.call_value(node, own, args)
    if not is_generator_object(args[0]):
        raise lo.refuse(node, "`next` of something that is not a generator", "use `iter`, or the first entry")
    indexed = indexed_by(lo, node, args[0])  # type: ignore[arg-type]
    if indexed is not None:
        return step(lo, node, args[0], indexed, args[1:])
    return value_of(lo, node, loops.next_ if len(args) == 1 else loops.next_or, args)


def call_iter(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return args[0] if is_generator_object(args[0]) else suspend(lo, node, loops.iter_, args)


def call_reduce(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if len(args) == 3:
        return value_of(lo, node, loops.reduce, args)
    function, items = args
    return value_of(lo, node, loops.reduce_items, [function, *indexable(lo, node, [items])])


def call_accumulate(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    add = static(operator.add)
    items, fn, initial = named(lo, node, args, kwargs, iterable=None, func=add, initial=none())
    fn = add if is_none(fn) else fn
    if not is_none(initial):
        return suspend(lo, node, loops.accumulate_from, [items, fn, initial])
    (items,) = indexable(lo, node, [items])
    if fn == add and is_flat(items):
        return suspend(lo, node, loops.accumulate_numbers, [items])
    return suspend(lo, node, loops.accumulate_items, [items, fn])


def is_flat(items: Any) -> bool:
    """Whether the items are numbers, one after the other."""
    kind = getattr(items, "kind", None)
    one = kind.ndim == 1 if isinstance(kind, Array) else isinstance(kind, ListOf) and isinstance(kind.item, Scalar)
    return one and isinstance(kind, (Array, ListOf))


def call_islice(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    items, *bounds = args
    start, stop, step = [INT_ZERO, *bounds, INT_ONE] if len(bounds) == 1 else [*bounds, INT_ONE][:3]
    start, step = (default if is_none(v) else v for v, default in ((start, INT_ZERO), (step, INT_ONE)))
    if is_none(stop):
        return suspend(lo, node, loops.islice_from, [items, start, step])
    fn = loops.islice if is_generator_object(items) else loops.islice_items
    return suspend(lo, node, fn, [items, start, stop, step])


def call_repeat(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    args = [*args, *(v for _, v in kwargs)]
    return suspend(lo, node, loops.repeat if len(args) == 1 else loops.repeat_times, args)


def call_product(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    times = dict(kwargs).get("repeat", INT_ONE)
    if not isinstance(times, Const):
        raise lo.refuse(node, "how many factors this has is known only when the program runs", "write nested loops")
    return suspend(lo, node, loops.product, indexable(lo, node, args) * times.value)


def call_indices(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """``np.ndindex(2, 3)``, or of one tuple."""
    shape = [lo.snapshot(a) for a in args]
    if len(shape) == 1 and isinstance(shape[0], Tuple):
        shape = list(shape[0].items)
    return suspend(lo, node, loops.indices, shape, kwargs)


def call_permutations(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    items = lo.snapshot(args[0])
    if not isinstance(items, Tuple):
        raise lo.refuse(node, "permutations of something of unknown length", "use a tuple")
    size = args[1] if len(args) > 1 else lo.constant(len(items.items))
    return suspend(lo, node, loops.permutations, [items, size])


def call_once(fn: Any) -> Call:
    names = tuple(inspect.signature(fn).parameters)

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        given = dict(zip(names, args, strict=False)) | dict(kwargs)
        if len(args) > len(names) or not given.keys() <= set(names) or names[0] not in given:
            raise lo.refuse(node, f"these arguments of `{fn.__name__}` are not differentiated", "write a loop")
        ordered = [given[n] if n in given else none() for n in names]
        return value_of(lo, node, fn, indexable(lo, node, ordered))

    return call


ITERATORS: dict[Any, Call] = {
    contextlib.contextmanager: call_contextmanager,
    functools.wraps: call_wraps,
    functools.update_wrapper: call_update_wrapper,
    contextlib.suppress: call_manager(contextlib.suppress),
    contextlib.nullcontext: call_manager(contextlib.nullcontext),
    np.errstate: call_manager(np.errstate),
    range: call_range,
    frozenset: call_frozenset,
    math.fsum: call_of_numbers(math.fsum),
    math.prod: call_of_numbers(math.prod),
    np.fromiter: call_fromiter,
    np.ndindex: call_indices,
    np.ndenumerate: plainly(loops.enumerated_entries, indexed=True),
    operator.itemgetter: make_getter(operator.itemgetter),
    operator.attrgetter: make_getter(operator.attrgetter),
    operator.methodcaller: make_getter(operator.methodcaller),
    map: call_map,
    filter: call_filter,
    zip: call_zip,
    enumerate: plainly(loops.enumerate_),
    reversed: plainly(loops.reversed_, indexed=True),
    iter: call_iter,
    next: call_next,
    loops.more: call_more,
    loops.item_of: call_item_of,
    loops.there: call_there,
    functools.reduce: call_reduce,
    itertools.accumulate: call_accumulate,
    itertools.chain: plainly(loops.chain),
    itertools.chain.from_iterable: plainly(loops.chain_from_iterable),
    itertools.product: call_product,
    itertools.combinations: plainly(loops.combinations, indexed=True),
    itertools.permutations: call_permutations,
    itertools.islice: call_islice,
    itertools.repeat: call_repeat,
    itertools.count: plainly(loops.count),
    itertools.cycle: plainly(loops.cycle, indexed=True),
    itertools.zip_longest: plainly(loops.zip_longest, indexed=True),
    itertools.starmap: plainly(loops.starmap),
    itertools.pairwise: plainly(loops.pairwise, indexed=True),
    itertools.takewhile: plainly(loops.takewhile),
    itertools.dropwhile: plainly(loops.dropwhile),
    itertools.filterfalse: plainly(loops.filterfalse),
    itertools.compress: plainly(loops.compress),
}


@functools.cache
def of_statistics() -> dict[Any, Call]:
    import statistics

    from zygote_nb.frontend.moments import MOMENTS

    return {getattr(statistics, fn.__name__): call_once(fn) for fn in MOMENTS}


def call_of(fn: Any) -> Call | None:
    """What lowers a call of the function; those of ``statistics`` are looked at where a program has loaded it."""
    return ITERATORS.get(fn) or (of_statistics().get(fn) if "statistics" in sys.modules else None)


__all__ = ["call_of", "without_generators"]
