"""Iterators whose items can be told by their number: what is left of one begins at a number."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend import loops
from zygote_nb.frontend.generators import AT, NEW, begin, is_indexed
from zygote_nb.frontend.heap import ABSENT, Obj, get_object, put_object, read_field, write_field
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.resumed import PLACE, RESUMED, advance, goes_on, is_resumed, there
from zygote_nb.frontend.resumed import item as item_reached
from zygote_nb.frontend.sequences import ENDLESS, Sequence, backwards, enumerated, of_iterable
from zygote_nb.frontend.zipping import zipped
from zygote_nb.ir.core import INT_ONE, INT_ZERO, TRUE, Apply, Const, If, Raise, Tuple
from zygote_nb.ir.kinds import Opaque

Kwargs = tuple[tuple[str, Any], ...]


def by_index(lo: Lowering, node: ast.expr, obj: Obj) -> Sequence | None:
    """An iterator whose items can be told by their number, and what is left of it; None for other generators."""
    found = None if is_resumed(lo, obj) else indexed_by(lo, node, obj)
    if found is None:
        return None
    at = read_field(lo, node, obj, AT)
    begin(lo, node, obj)
    if at == INT_ZERO:
        return found
    if isinstance(at, Const) and found.items is not None:
        left = found.items[at.value :]
        return replace(found, length=lo.constant(len(left)), items=left, skipped=at.value)
    at = lo.evaluated(at, node)
    left = found.length if found.length is ENDLESS else lo.apply(node, operator.sub, [found.length, at])
    return Sequence(left, lambda i: found.item(lo.apply(node, operator.add, [i, at])))


def what_is_left(lo: Lowering, node: ast.expr, obj: Obj) -> Sequence | Obj:
    """An iterator of which ``next`` may have taken items: by index; any other as it is."""
    content = get_object(lo, obj)
    if is_resumed(lo, obj) or not is_indexed(content.note) or content.get(AT) in (ABSENT, INT_ZERO):
        return obj
    found = indexed_by(lo, node, obj)
    if found is not None and found.length is ENDLESS:
        raise goes_on(lo, node, obj)
    return by_index(lo, node, obj) or obj


def indexed_by(lo: Lowering, node: ast.expr, obj: Obj) -> Sequence | None:
    content = get_object(lo, obj)
    made = BY_INDEX.get(content.note.scope.function) if content.note.scope is not None else None
    return None if made is None else made(lo, node, dict(content.fields))


def step(lo: Lowering, node: ast.AST, obj: Obj, over: Sequence, default: list[Any]) -> Any:
    """``next`` of an iterator whose items can be told by their number."""
    content = get_object(lo, obj)
    if content.get("") not in (NEW, RESUMED):
        begin(lo, node, obj)
    at = read_field(lo, node, obj, AT)
    there = TRUE if over.length is ENDLESS else lo.comparison(node, ast.Lt(), at, over.length)
    if default:
        value = lo.choose(node, there, lambda: over.item(at), lambda: default[0], lo.fresh("item"))
    else:
        if there != TRUE:
            error = Apply(StopIteration, (), (), Opaque("exception"), None, lo.span(node))
            lo.out.append(If(lo.negation(node, there), (Raise(error, lo.span(node)),), (), lo.span(node)))
        value = over.item(at)
    value = lo.evaluated(value, node)
    after = lo.apply(node, operator.add, [at, INT_ONE])
    if isinstance(after, Const):
        put_object(lo, obj, get_object(lo, obj).put(AT, after))
    else:
        write_field(lo, node, obj, AT, after)
    return value


def call_more(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Whether a generator that goes on has another item; one that is not numbered runs to it."""
    obj = there(lo, node, args[0])
    if get_object(lo, obj).get(PLACE) is not ABSENT:
        return advance(lo, node, obj)
    over = indexed_by(lo, node, obj)
    if over is None:
        raise goes_on(lo, node, obj)
    return TRUE if over.length is ENDLESS else lo.comparison(node, ast.Lt(), read_field(lo, node, obj, AT), over.length)


def call_item_of(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """That item, which is taken."""
    obj = there(lo, node, args[0])
    if get_object(lo, obj).get(PLACE) is not ABSENT:
        return item_reached(lo, node, obj)
    over = indexed_by(lo, node, obj)
    assert over is not None
    return step(lo, node, obj, replace(over, length=ENDLESS), [])


def parts_of(lo: Lowering, node: ast.expr, values: list[Any]) -> list[Sequence] | None:
    parts = []
    for value in values:
        part = of_iterable(lo, node, value)
        part = by_index(lo, node, part) if isinstance(part, Obj) else part
        if part is None:
            return None
        parts.append(part)
    return parts


def counted(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence:
    start, step = fields["start"], fields["step"]

    def item(i: Any) -> Any:
        offset = i if step == INT_ONE else lo.apply(node, operator.mul, [i, step])
        return offset if start == INT_ZERO else lo.apply(node, operator.add, [start, offset])

    return Sequence(ENDLESS, item)


def cycled(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence:
    held = lo.snapshot(fields["items"])
    count = Const(len(held.items), INT_ZERO.kind) if isinstance(held, Tuple) else lo.length(held)
    return Sequence(ENDLESS, lambda i: lo.getitem(node, held, lo.apply(node, operator.mod, [i, count])))


def mapped(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence | None:
    iterables = [fields["iterable"]] if "iterable" in fields else list(fields["iterables"].items)
    parts = parts_of(lo, node, iterables)
    if parts is None or all(p.items is not None for p in parts):
        return None
    whole = zipped(lo, node, parts)
    return Sequence(
        whole.length, lambda i: lo.snapshot(lo.call_value(node, fields["function"], list(whole.item(i).items)))
    )


def zipped_parts(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence | None:
    parts = parts_of(lo, node, list(fields["iterables"].items))
    return None if parts is None else zipped(lo, node, parts)


def enumerated_part(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence | None:
    parts = parts_of(lo, node, [fields["iterable"]])
    return None if parts is None else enumerated(lo, node, parts[0], fields["start"])


def reversed_part(lo: Lowering, node: ast.expr, fields: dict[str, Any]) -> Sequence | None:
    parts = parts_of(lo, node, [fields["items"]])
    return None if parts is None else backwards(lo, node, parts[0])


def one_of(parts: list[Sequence] | None) -> Sequence | None:
    return None if parts is None else parts[0]


BY_INDEX: dict[Any, Callable[[Lowering, ast.expr, dict[str, Any]], Sequence | None]] = {
    loops.count: counted,
    loops.cycle: cycled,
    loops.repeat: lambda lo, node, fields: Sequence(ENDLESS, lambda i: fields["item"]),
    loops.repeat_times: lambda lo, node, fields: Sequence(fields["times"], lambda i: fields["item"]),
    loops.map_one: mapped,
    loops.map_: mapped,
    loops.zip_: zipped_parts,
    loops.enumerate_: enumerated_part,
    loops.reversed_: reversed_part,
    loops.numbered: lambda lo, node, fields: fields["sequence"].value,
    loops.iter_: lambda lo, node, fields: one_of(parts_of(lo, node, [fields["iterable"]])),
}
