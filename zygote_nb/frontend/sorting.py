"""Order: ``sorted``, ``list.sort``, ``min`` and ``max`` with a key, as the elements that are taken."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend import overloads, rows, tables
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import FALSE, INT_ONE, INT_ZERO, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import INT, Array, Scalar, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def sorted_entries(lo: Lowering, node: ast.AST, items: list[Any], kwargs: Kwargs) -> Any:
    """A list whose entries are known one by one, in order: each is the one that a stable sort of the keys takes.

    Objects, and other entries that can't stand in an array, are a list that grows from then on.
    """
    words = dict(kwargs)
    key, backwards = words.get("key"), words.get("reverse", FALSE)
    keys = [lo.call_value(node, key, [i]) if key is not None and not is_none(key) else i for i in items]
    if not isinstance(backwards, Const):
        raise lo.refuse(node, "whether the order is reversed isn't known", "use a constant")
    if all(isinstance(k, Const) for k in keys):
        order = sorted(range(len(items)), key=lambda i: keys[i].value, reverse=bool(backwards.value))
        return make_tuple(tuple(items[i] for i in order), list)
    known = known_order(keys, bool(backwards.value))
    if known is not None:
        return make_tuple(tuple(items[i] for i in known), list)
    columns = [[k] for k in keys] if all(isinstance(k.kind, Scalar) for k in keys) else entries_of(lo, node, keys)
    order = lo.temporary("order", order_of(lo, node, columns, bool(backwards.value)), node)
    if all(isinstance(i.kind, Scalar) for i in items) or all(map(is_flat, items)):
        return make_tuple(tuple(taken_in_order(lo, node, items, order)), list)
    return grown_in_order(lo, node, items, order)


def known_order(keys: list[Any], backwards: bool) -> list[int] | None:
    """The order where the first entries of all keys are constants that differ."""
    if not all(isinstance(k, Tuple) and k.items and isinstance(k.items[0], Const) for k in keys):
        return None
    first = [k.items[0].value for k in keys]
    distinct = all(p != q for i, p in enumerate(first) for q in first[:i])
    return sorted(range(len(keys)), key=first.__getitem__, reverse=backwards) if distinct else None


def entries_of(lo: Lowering, node: ast.AST, keys: list[Any]) -> list[list[Any]]:
    """The entries of keys that are tuples of numbers, for each key."""
    if not all(map(is_flat, keys)) or len({len(k.items) for k in keys}) != 1:
        raise lo.refuse(node, f"a sort by {describe(keys[0].kind)}", "sort by numbers")
    return [list(k.items) for k in keys]


def order_of(lo: Lowering, node: ast.AST, keys: list[list[Any]], backwards: bool) -> Any:
    """The stable order by the first entries of the keys, then by the second ones."""
    arrays = []
    for column in zip(*keys, strict=True):
        array = lo.as_array(node, make_tuple(tuple(column), list))
        arrays.append(lo.apply(node, operator.neg, [array]) if backwards else array)
    if len(arrays) == 1:
        return lo.apply(node, np.argsort, arrays, (("kind", static("stable")),))
    return lo.apply(node, np.lexsort, [make_tuple(tuple(arrays[::-1]), tuple)])


def taken_in_order(lo: Lowering, node: ast.AST, items: list[Any], order: Any) -> list[Any]:
    flat = all(isinstance(i.kind, Scalar) for i in items)
    columns = [items] if flat else [[i.items[c] for i in items] for c in range(len(items[0].items))]
    sorted_ = []
    for column in columns:
        whole = lo.temporary("t", lo.as_array(node, make_tuple(tuple(column), list)), node)
        sorted_.append(lo.temporary("t", lo.getitem(node, whole, order), node))
    entries = [[lo.getitem(node, c, Const(i, INT)) for c in sorted_] for i in range(len(items))]
    return [e[0] for e in entries] if flat else [make_tuple(tuple(e), items[0].cls) for e in entries]


def grown_in_order(lo: Lowering, node: ast.AST, items: list[Any], order: Any) -> Any:
    from zygote_nb.frontend.comprehensions import growing_list, listed_items
    from zygote_nb.frontend.lists import append
    from zygote_nb.frontend.sequences import Sequence

    name, _ = growing_list(lo, node, "sorted")
    for item in items:
        append(lo, node, lo.env[name], item)
    value = lo.env.pop(name)
    over = Sequence(rows.length_of(lo, value), lambda i: lo.getitem(node, value, lo.getitem(node, order, i)))
    if not rows.is_rows(value):
        return listed_items(lo, node, over)
    taken = Sequence(over.length, lambda i: rows.item(lo, node, value, lo.getitem(node, order, i)))
    return rows.copy(lo, node, value, taken)


def sorted_list(lo: Lowering, node: ast.AST, value: Any, kwargs: Kwargs) -> Any:
    """``sorted`` of an array, or of a list of numbers that grows: a list."""
    from zygote_nb.frontend.comprehensions import listed

    words = dict(kwargs)
    key, backwards = words.get("key", static(None)), words.get("reverse", FALSE)
    if not isinstance(backwards, Const):
        raise lo.refuse(node, "whether the order is reversed isn't known", "use a constant")
    if rows.is_rows(value):
        return sorted_rows(lo, node, value, key, bool(backwards.value))
    if isinstance(value, Obj) and value.cls is range:
        value = lo.apply(node, np.arange, list(get_object(lo, value).values()))
    if isinstance(value, Const) and isinstance(value.value, range):
        value = lo.apply(node, np.arange, [Const(b, INT) for b in overloads.bounds_of(value.value)])
    array = lo.temporary("t", lo.apply(node, np.array, [value]), node)
    if not isinstance(array.kind, Array) or array.kind.ndim != 1:
        raise lo.refuse(node, "a list of arrays is sorted", "sort an array of the keys, and index with it")
    keys = array if is_none(key) else lo.temporary("keys", keys_of(lo, node, key, array), node)
    keys = lo.apply(node, operator.neg, [keys]) if backwards.value else keys
    order = lo.apply(node, np.argsort, [keys], (("kind", static("stable")),))
    return listed(lo, node, lo.getitem(node, array, lo.temporary("order", order, node)))


def sorted_rows(lo: Lowering, node: ast.AST, value: Any, key: Any, backwards: bool) -> Any:
    """``sorted`` of a list of tuples: by the numbers that the key gives, or those of the tuples themselves."""
    from zygote_nb.frontend import loops
    from zygote_nb.frontend.generators import collected, suspend
    from zygote_nb.frontend.sequences import Sequence

    keys = value
    if not is_none(key):
        keys = collected(lo, node, suspend(lo, node, loops.map_one, [key, value]))
    columns = rows.column_names(lo, keys) if rows.is_rows(keys) else [keys]
    arrays = [lo.apply(node, np.array, [c]) for c in columns]
    if not all(isinstance(a.kind, Array) and a.kind.ndim == 1 and a.kind.dtype[0] in "fiu" for a in arrays):
        raise lo.refuse(
            node, "a list is sorted by something other than numbers", "give `sorted` a key that is a number"
        )
    arrays = [lo.apply(node, operator.neg, [a]) if backwards else a for a in arrays]
    if len(arrays) == 1:
        order = lo.apply(node, np.argsort, arrays, (("kind", static("stable")),))
    else:
        order = lo.apply(node, np.lexsort, [make_tuple(tuple(arrays[::-1]), tuple)])
    order = lo.temporary("order", order, node)
    taken = Sequence(rows.length(lo, value), lambda i: rows.item(lo, node, value, lo.getitem(node, order, i)))
    return rows.copy(lo, node, value, taken, limited=False)


def keys_of(lo: Lowering, node: ast.AST, key: Any, items: Any) -> Any:
    """The keys of all items, as an array."""
    from zygote_nb.frontend import loops
    from zygote_nb.frontend.generators import collected, suspend

    return lo.apply(node, np.array, [collected(lo, node, suspend(lo, node, loops.map_one, [key, items]))])


def is_flat(item: Any) -> bool:
    return isinstance(item, Tuple) and all(isinstance(i.kind, Scalar) for i in item.items)


def is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None


def best_by_key(lo: Lowering, node: ast.Call, fn: Callable[..., Any], words: dict[str | None, ast.expr]) -> Any:
    """``max(items, key=f, default=d)``: the first entry whose key is best."""
    values = [lo.snapshot(v) for v in lo.items(list(node.args))]
    if len(values) == 1:
        if tables.is_table(values[0]):
            values = [tables.listed(lo, node, values[0])]
        if isinstance(values[0], Obj) and values[0].cls is dict:
            values = [lo.tuple_of([lo.constant(k) for k in overloads.keys(lo, values[0])])]
        if not isinstance(values[0], Tuple):
            return best_in_list(lo, node, fn, words, values[0])
        values = list(values[0].items)
    key = lo.value(words["key"]) if "key" in words else None
    if not values:
        if "default" in words:
            return lo.value(words["default"])
        raise lo.raised(node, ValueError, f"{fn.__name__}() arg is an empty sequence")
    return best_of(lo, node, fn, values, key)


def best_of(lo: Lowering, node: ast.AST, fn: Callable[..., Any], values: list[Any], key: Any = None) -> Any:
    """The first of the values whose key is best."""
    better = ast.Gt() if fn is max else ast.Lt()
    best, score = values[0], keyed(lo, node, key, values[0])
    for value in values[1:]:
        own = keyed(lo, node, key, value)
        test = lo.evaluated(lo.comparison(node, better, own, score), node)
        stem = lo.fresh("best")
        best = lo.choose(node, test, lambda value=value: value, lambda best=best: best, stem)
        score = lo.choose(node, test, lambda own=own: own, lambda score=score: score, f"{stem}_key")
    return best


def best_in_list(
    lo: Lowering, node: ast.Call, fn: Callable[..., Any], words: dict[str | None, ast.expr], items: Any
) -> Any:
    """The same over something of unknown length."""
    from zygote_nb.frontend import loops
    from zygote_nb.frontend.generators import value_of

    better = static(operator.gt if fn is max else operator.lt)
    key = lo.value(words["key"]) if "key" in words else static(loops.itself)
    if is_none(key):
        key = static(loops.itself)
    if "default" in words:
        return value_of(lo, node, loops.best_or, [better, items, key, lo.value(words["default"])])
    return value_of(lo, node, loops.best, [better, items, key])


def keyed(lo: Lowering, node: ast.AST, key: Any, value: Any) -> Any:
    found = value if key is None or is_none(key) else lo.call_value(node, key, [value])
    return lo.evaluated(lo.snapshot(found), node)


def best_of_list(lo: Lowering, node: ast.AST, fn: Callable[..., Any], value: Expr) -> Any:
    """``max`` of a list or an array: a loop that follows the first best element."""
    from zygote_nb.frontend.repetition import write_range

    held = value if isinstance(value, Name) else lo.temporary("t", value, node)
    name = lo.fresh("best")
    lo.env[name] = lo.assigned(node, name, lo.getitem(node, held, INT_ZERO))

    def write(index: Name) -> None:
        current = lo.env[name]
        lo.env[name] = lo.assigned(node, name, lo.apply(node, fn, [current, lo.getitem(node, held, index)]))

    write_range(lo, node, (INT_ONE, lo.length(held), INT_ONE), lo.fresh("i"), write, {name})
    return lo.env.pop(name)
