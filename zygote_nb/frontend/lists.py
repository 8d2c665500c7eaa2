"""Lowering of list methods: on lists that grow as the program runs, and on lists of fixed structure."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend import list_loops, rows
from zygote_nb.frontend.growing import column_of
from zygote_nb.frontend.heap import Obj, entries, get_object, new_object, refill
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.origins import must_grow
from zygote_nb.frontend.templates import columns, join_templates, template_of
from zygote_nb.frontend.values import make_tuple, none
from zygote_nb.ir.core import Append, Apply, Const, Expr, Name, Pop, Tuple
from zygote_nb.ir.kinds import INT, Array, Bottom, Kind, ListOf, Opaque, Scalar, Static, describe, join

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
METHODS = {"append", "pop", "extend", "insert", "remove", "clear", "sort", "reverse", "index", "count", "copy",
           "popleft", "appendleft"}  # fmt: skip


def list_method(lo: Lowering, node: ast.AST, base: Any, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    limit = limit_of(lo, base)
    if name in ("popleft", "appendleft"):
        if name == "appendleft" and limit is not None:
            make_room(lo, node, base, limit)
        name, args = ("pop" if name == "popleft" else "insert"), [Const(0, INT), *args]
    elif limit is not None and name in ("insert", "copy", "sort"):
        raise lo.refuse(node, f"`{name}` of a deque of limited length", "use append and appendleft")
    if rows.is_rows(base):
        return growing_method(lo, node, base, name, args, kwargs)
    if isinstance(base, Obj):
        return fixed_method(lo, node, base, name, args, kwargs)
    return growing_method(lo, node, base, name, args, kwargs)


def limit_of(lo: Lowering, base: Any) -> int | None:
    """How many entries a deque may have."""
    if not isinstance(base, Obj):
        return base.kind.limit if isinstance(base.kind, ListOf) else None
    content = get_object(lo, base)
    place = content.note[0] if content.cls is rows.Rows else content.note
    return lo.program.limits.get(place) if isinstance(place, tuple) else None


def make_room(lo: Lowering, node: ast.AST, base: Any, limit: int) -> None:
    """Before an entry comes in front of a full deque, the last one leaves."""
    if isinstance(base, Obj) and not rows.is_rows(base):
        if len(entries(lo, base).items) == limit:
            list_method(lo, node, base, "pop", [], ())
        return
    by_loop(lo, node, list_loops.pop_if_full, [base, Const(limit, INT)])


# Lists that grow as the program runs


def growing_method(lo: Lowering, node: ast.AST, base: Any, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    if not isinstance(base, (Name, Obj)):
        base = lo.temporary("t", base, node)
    match name:
        case "append":
            append(lo, node, base, args[0])
            return none()
        case "pop":
            return pop(lo, node, base, args)
        case "extend":
            extend(lo, node, base, args[0])
            return none()
        case "sort":
            from zygote_nb.frontend.sorting import sorted_list

            return by_loop(lo, node, list_loops.replace_all, [base, sorted_list(lo, node, base, kwargs)])
        case "copy":
            from zygote_nb.frontend.comprehensions import listed

            return listed(lo, node, base)
    fn = BY_LOOPS.get(name)
    if fn is None:
        what = f"`{ast.unparse(node)}` on a list that grows is not differentiated"
        raise lo.refuse(node, what, "use append and pop")
    return by_loop(lo, node, fn, [base, *args])


BY_LOOPS = {
    "insert": list_loops.insert, "index": list_loops.index_of, "count": list_loops.count_of,
    "remove": list_loops.remove, "reverse": list_loops.reverse, "clear": list_loops.clear,
}  # fmt: skip


def by_loop(lo: Lowering, node: ast.AST, fn: Any, args: list[Any]) -> Any:
    """A method as the loop that it stands for."""
    from zygote_nb.frontend.generators import value_of

    kind = args[0].kind
    if rows.is_rows(args[0]):
        return value_of(lo, node, fn, args)
    numbers = isinstance(kind.item, Scalar) if isinstance(kind, ListOf) else kind.ndim == 1
    if fn in (list_loops.index_of, list_loops.count_of, list_loops.remove) and not numbers:
        raise lo.refuse(node, "arrays in a list are compared", "compare numbers")
    return value_of(lo, node, fn, args)


def append(lo: Lowering, node: ast.AST, base: Any, value: Any) -> None:
    append_anyway(lo, node, base, value)
    limit = limit_of(lo, base)
    if limit is not None:
        by_loop(lo, node, list_loops.pop_first_above, [base, Const(limit, INT)])


def append_anyway(lo: Lowering, node: ast.AST, base: Any, value: Any) -> None:
    if rows.is_rows(base):
        rows.append(lo, node, base, value)
        return
    assert isinstance(base.kind, ListOf)
    value = rows.settled(lo, value)
    if isinstance(value, (Tuple, Obj, Maybe)) or isinstance(value.kind, (Static, Opaque)):
        lo.program.is_fixed(lo, base.id)
        needs_rows(lo, node, base.kind.place, [value])
        what = f"{describe(value.kind)} in a list that grows is not differentiated"
        raise lo.refuse(node, what, "use one list for each entry")
    if isinstance(value, Apply) and isinstance(value.kind, Array):
        value = lo.temporary("t", value, node)
    widen(lo, node, base, value.kind)
    lo.out.append(Append(base.id, value, lo.span(node)))


def needs_rows(lo: Lowering, node: ast.AST, place: Any, items: Sequence[Any]) -> None:
    """A list of unknown length with such entries is one of columns, if they have a structure in common."""
    found = [template_of(lo, rows.settled(lo, i)) for i in items]
    joined = found[0]
    for template in found:
        joined = None if joined is None or template is None else join_templates(joined, template)
    if place is not None and joined is not None and columns(joined):
        raise rows.needs_columns(lo, node, place, joined)


def widen(lo: Lowering, node: ast.AST, base: Name, item: Kind) -> None:
    assert isinstance(base.kind, ListOf)
    joined = item if base.kind.item is None else join(base.kind.item, item)
    if joined is None:
        what = f"{describe(item)} goes into a list of {describe(base.kind.item)}"  # type: ignore[arg-type]
        raise lo.refuse(node, what, "keep the entries of a list of one kind")
    learn(lo, node, base, replace(base.kind, item=joined))


def learn(lo: Lowering, node: ast.AST, base: Any, kind: Kind) -> None:
    """More is known of the entries of a list."""
    column = column_of(lo, base)
    if column is not None and kind != base.kind:
        rows.needs_item(lo, node, column, kind)
    if isinstance(base, Name):
        lo.rekind(base.id, kind)


def pop(lo: Lowering, node: ast.AST, base: Any, args: list[Any]) -> Any:
    if args and args != [Const(-1, INT)]:
        made = (list_loops.pop_first, [base]) if args == [Const(0, INT)] else (list_loops.pop_at, [base, args[0]])
        return by_loop(lo, node, *made)  # type: ignore[no-any-return]
    if rows.is_rows(base):
        return rows.pop_last(lo, node, base)
    kind = base.kind.item if isinstance(base.kind, ListOf) else None
    target = lo.fresh("t")
    kind = kind or Bottom()
    lo.out.append(Pop((target,), base.id, (kind,), lo.span(node)))
    return Name(target, kind)


def extend(lo: Lowering, node: ast.AST, base: Any, values: Any) -> None:
    """``base.extend(values)``, and ``base += values``: one append for each."""
    from zygote_nb.frontend.repetition import write_range
    from zygote_nb.frontend.sequences import of_value
    from zygote_nb.ir.core import INT_ONE, INT_ZERO

    if is_lazy(values):
        append_each(lo, node, base, values)
        return
    values = lo.snapshot(values)
    if isinstance(values, Tuple):
        for item in values.items:
            append(lo, node, base, item)
        return
    over = of_value(lo, node, values)  # type: ignore[arg-type]
    count = lo.temporary("stop", over.length, node)
    bounds = (INT_ZERO, count, INT_ONE)
    write_range(lo, node, bounds, lo.fresh("i"), lambda i: append(lo, node, base, over.item(i)), set())


def is_lazy(values: Any) -> bool:
    """Whether items are made as they are taken: that may see the list, change it, or raise."""
    return isinstance(values, Obj) and values.cls is GeneratorType


def append_each(lo: Lowering, node: ast.AST, base: Any, values: Any) -> None:
    from zygote_nb.frontend.generators import value_of

    value_of(lo, node, list_loops.append_each, [base, values])


# Lists of fixed structure


def fixed_method(lo: Lowering, node: ast.AST, base: Obj, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    items = list(entries(lo, base).items)
    limit = limit_of(lo, base)
    match name:
        case "append":
            refill(lo, node, base, last([*items, args[0]], limit))
            return none()
        case "extend" if is_lazy(args[0]):
            append_each(lo, node, base, args[0])
            return none()
        case "extend":
            added = lo.snapshot(args[0])
            if not isinstance(added, Tuple):
                must_grow(lo, node, base.ident, get_object(lo, base))
                raise lo.refuse(node, "a list is extended by an unknown number of entries", "use append in a loop")
            refill(lo, node, base, last([*items, *added.items], limit))
            return none()
        case "insert":
            if not isinstance(args[0], Const):
                must_grow(lo, node, base.ident, get_object(lo, base))
            items.insert(constant_index(lo, node, args[0]), args[1])
            refill(lo, node, base, items)
            return none()
        case "pop":
            return popped(lo, node, base, items, args)
        case "reverse" | "clear":
            refill(lo, node, base, items[::-1] if name == "reverse" else [])
            return none()
        case "copy":
            return new_object(lo, node, list, list(enumerate(items)))
        case "sort":
            from zygote_nb.frontend.sorting import sorted_entries

            made = sorted_entries(lo, node, items, kwargs)
            if not isinstance(made, Tuple):
                must_grow(lo, node, base.ident, get_object(lo, base))
                raise lo.refuse(node, "a list of such entries is sorted as the program runs", "use `sorted`")
            refill(lo, node, base, list(made.items))
            return none()
        case "index" | "count":
            return found_in(lo, node, name, items, args)
        case "remove":
            popped(lo, node, base, items, [found_in(lo, node, "index", items, args)])
            return none()
    raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "write a loop")


def last(items: list[Any], limit: int | None) -> list[Any]:
    return items if limit is None else items[max(len(items) - limit, 0) :]


def found_in(lo: Lowering, node: ast.AST, name: str, items: list[Any], args: list[Any]) -> Any:
    """``index`` and ``count`` of a list or tuple whose entries are known one by one."""
    if len(args) != 1:
        raise lo.refuse(node, f"`{ast.unparse(node)}` in a part of a list", "slice the list first")
    tests = [lo.truth(node, lo.comparison(node, ast.Eq(), lo.snapshot(i), lo.snapshot(args[0]))) for i in items]
    if all(isinstance(t, Const) for t in tests):
        hits = [i for i, t in enumerate(tests) if isinstance(t, Const) and t.value]
        if name == "count":
            return lo.constant(len(hits))
        if not hits:
            raise lo.raised(node, ValueError, "the value is not in the list")
        return lo.constant(hits[0])
    if not all(isinstance(i.kind, Scalar) for i in items):
        raise lo.refuse(node, f"`{ast.unparse(node)}` of entries other than numbers", "write a loop")
    whole = lo.as_array(node, make_tuple(tuple(items), list))
    fn = list_loops.count_of if name == "count" else list_loops.index_of
    return by_loop(lo, node, fn, [lo.temporary("t", whole, node), args[0]])


def popped(lo: Lowering, node: ast.AST, base: Obj, items: list[Any], args: list[Any]) -> Any:
    if args and not isinstance(args[0], Const):
        must_grow(lo, node, base.ident, get_object(lo, base))
    at = constant_index(lo, node, args[0]) if args else -1
    if not -len(items) <= at < len(items):
        raise lo.raised(node, IndexError, "pop from empty list" if not items else "pop index out of range")
    value = lo.evaluated(items.pop(at), node)
    refill(lo, node, base, items)
    return value


def constant_index(lo: Lowering, node: ast.AST, index: Any) -> int:
    if isinstance(index, Const) and type(index.value) is int:
        return index.value
    raise lo.refuse(node, "an index that is known only when the program runs", "use a constant index, or an array")


def numbers_of(lo: Lowering, node: ast.AST, base: Expr) -> Any:
    """``x.tolist()`` of an array with one axis: Python's numbers."""
    from zygote_nb.frontend.comprehensions import listed_items
    from zygote_nb.frontend.sequences import of_value

    make = {"f": float, "i": int}.get(base.kind.dtype[0]) if isinstance(base.kind, (Array, Scalar)) else None
    if make is None or (isinstance(base.kind, Array) and base.kind.ndim != 1):
        raise lo.refuse(node, f"`tolist` of {describe(base.kind)}", "call it on one row at a time")
    if isinstance(base.kind, Scalar):
        return lo.apply(node, make, [base])
    items = of_value(lo, node, base)  # type: ignore[arg-type]
    return listed_items(lo, node, replace(items, item=lambda i: lo.apply(node, make, [items.item(i)])))


def as_list(lo: Lowering, value: Any) -> Tuple | None:
    """What ``list(value)`` holds, where its length is known."""
    value = lo.snapshot(value)
    return make_tuple(value.items, list) if isinstance(value, Tuple) else None
