"""Dicts whose keys are known only when the program runs.

In the heap such a dict is an object with three entries: ``places``, which maps keys to numbers and carries no
derivative, and the keys and the values as lists that grow.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import lookups, rows
from zygote_nb.frontend.foreign import handed
from zygote_nb.frontend.heap import ABSENT, Obj, Object, get_object, new_object, put_object
from zygote_nb.frontend.lowered import FUNCTIONS, MODULES
from zygote_nb.frontend.templates import Table, View, template_of, varying
from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import Apply, Const, Effect, Expr, Name
from zygote_nb.ir.kinds import INT, Array, Bottom, Kind, Opaque, Reference, describe
from zygote_nb.runtime import places

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.sequences import Sequence

Kwargs = tuple[tuple[str, Any], ...]
PLACES = Opaque("places")
KINDS: dict[Any, Kind | None] = {
    places.no_places: PLACES, places.place_of: INT, places.take_place: None, places.leave_place: None,
    places.leave_all: None, places.count_places: INT, places.in_order: Array("int64", (None,)),
    places.still_as_many: None,
}  # fmt: skip


def is_table(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is Table


def is_view(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is View


def effect(lo: Lowering, node: ast.AST, fn: Any, args: list[Any]) -> Any:
    """A call of one of the functions on places."""
    kind, span = KINDS[fn], lo.span(node)
    given = tuple(handed(lo, node, a) for a in args)
    if kind is None:
        lo.effect(node, Apply(fn, given, (), Opaque(), None, span))
        return none()
    name = lo.fresh("at" if kind == INT else "places")
    lo.out.append(Effect(Apply(fn, given, (), kind, None, span), span, name))
    return Name(name, kind)


def lowering(fn: Any) -> Callable[..., Any]:
    return lambda lo, node, args, kwargs: effect(lo, node, fn, args)


MODULES[places.__name__] = __name__
FUNCTIONS.update({fn: lowering(fn) for fn in KINDS})


# Making one


def new_table(lo: Lowering, node: ast.AST, label: str | None, place: Any, factory: Any = None) -> Obj:
    """An empty dict of the place in the source."""
    stem = label or "table"
    held = effect(lo, node, places.no_places, [])
    columns = [
        rows.new_rows(lo, node, lo.program.columns.get((what, *place), Bottom()), f"{stem}_{what}", (what, *place))
        for what in ("keys", "values")
    ]
    fields = tuple(zip(("places", "keys", "values", "factory"), (held, *columns, factory or none()), strict=True))
    obj = Obj(lo.new_ident(), Reference(Table))
    put_object(lo, obj, Object(Table, fields, stem, frozenset((obj.ident,)), note=place))
    lo.recent.append(obj)
    return obj


def is_place_of_table(lo: Lowering, node: ast.AST) -> bool:
    """Whether the dict that is made here is known to be one of these."""
    return ("keys", *lo.program.place(lo, node)) in lo.program.columns


def table_with(lo: Lowering, node: ast.AST, entries: list[tuple[Any, Any]], label: str | None) -> Obj:
    return table_at(lo, node, entries, label, lo.program.place(lo, node))


def table_at(lo: Lowering, node: ast.AST, entries: list[tuple[Any, Any]], label: str | None, place: Any) -> Obj:
    table = new_table(lo, node, label, place)
    for key, value in entries:
        put(lo, node, table, lo.constant_or_value(key), value)
    return table


def needs_table(lo: Lowering, node: ast.AST, base: Obj, key: Any) -> None:
    """A dict to which a key of run time is given is lowered again as one of these."""
    from zygote_nb.frontend.origins import place_of

    needs_table_at(lo, node, place_of(lo, node, base), key)


def needs_table_at(lo: Lowering, node: ast.AST, place: Any, key: Any) -> None:
    own = template_of(lo, lo.snapshot(key))
    if isinstance(place, tuple) and own is not None:
        what = "a key of this dict is known only when the program runs"
        raise rows.needs_columns(lo, node, ("keys", *place), varying(own), what)


def needs_table_for(lo: Lowering, node: ast.AST, other: Any) -> None:
    """The dict that is made here takes the keys of another one, which are known only when the program runs."""
    if is_table(other):
        keys = rows.template(lo, parts(lo, other)[1])
        what = "the keys of this dict are known only when the program runs"
        raise rows.needs_columns(lo, node, ("keys", *lo.program.place(lo, node)), keys, what)


def needs_keys(lo: Lowering, node: ast.AST, table: Obj, key: Any) -> None:
    """The keys of a table of which nothing was known before it was made."""
    if rows.template(lo, parts(lo, table)[1]) == Bottom():
        needs_table(lo, node, table, key)


# What is done with one


def parts(lo: Lowering, table: Obj) -> list[Any]:
    content = get_object(lo, table)
    return [content.get(name) for name in ("places", "keys", "values")]


def do(lo: Lowering, node: ast.AST, fn: Any, table: Obj, *args: Any) -> Any:
    from zygote_nb.frontend.generators import value_of

    return value_of(lo, node, fn, [*parts(lo, table), *args])


def usable_key(lo: Lowering, node: ast.AST, key: Any) -> Any:
    key = lo.snapshot(key)
    if template_of(lo, key) is None:
        raise lo.refuse(node, f"{describe(key.kind)} is a key", "use numbers, strings, or tuples of these")
    return lo.evaluated(key, node)


def get(lo: Lowering, node: ast.AST, table: Obj, key: Any) -> Any:
    """``table[key]``."""
    factory = get_object(lo, table).get("factory")
    key = usable_key(lo, node, key)
    needs_keys(lo, node, table, key)
    if isinstance(factory, Const) and factory.value is None:
        return do(lo, node, lookups.get, table, key)
    if isinstance(factory, Const) and factory.value is Counter:
        return method(lo, node, table, "get", [key, lo.constant(0)], ())
    return do(lo, node, lookups.get_or_make, table, key, factory)


def put(lo: Lowering, node: ast.AST, table: Obj, key: Any, value: Any) -> None:
    needs_keys(lo, node, table, key)
    do(lo, node, lookups.put, table, usable_key(lo, node, key), lo.evaluated(rows.settled(lo, value), node))


def delete(lo: Lowering, node: ast.AST, table: Obj, key: Any) -> None:
    do(lo, node, lookups.delete, table, usable_key(lo, node, key))


def contains(lo: Lowering, node: ast.AST, table: Obj, key: Any) -> Expr:
    found: Expr = do(lo, node, lookups.contains, table, usable_key(lo, node, key))
    return found


def length(lo: Lowering, node: ast.AST, table: Obj) -> Expr:
    found: Expr = effect(lo, node, places.count_places, parts(lo, table)[:1])
    return found


def method(lo: Lowering, node: ast.AST, table: Obj, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    from zygote_nb.frontend.generators import value_of

    if name in ("keys", "values", "items"):
        return view(lo, node, table, name)
    if name in ("get", "setdefault") and len(args) == 1:
        args = [*args, none()]
    if name == "get" and rows.template(lo, parts(lo, table)[2]) == Bottom():
        return args[1]
    if name in METHODS and not kwargs:
        fns = METHODS[name]
        fn = fns.get(len(args))
        if fn is not None:
            key = [usable_key(lo, node, args[0])] if args else []
            return do(lo, node, fn, table, *key, *args[1:])
    if name == "update" and len(args) == 1 and not kwargs:
        pairs = not isinstance(args[0], Obj) or args[0].cls not in (dict, Table)
        return value_of(lo, node, lookups.update_by_pairs if pairs else lookups.update, [table, args[0]])
    if name == "copy" and not args:
        return copy(lo, node, table)
    raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "read and assign entries")


METHODS: dict[str, dict[int, Any]] = {
    "get": {2: lookups.get_or}, "setdefault": {2: lookups.set_default}, "pop": {1: lookups.pop, 2: lookups.pop_or},
    "popitem": {0: lookups.pop_item}, "clear": {0: lookups.clear},
}  # fmt: skip


def default_dict(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Obj:
    """``defaultdict(factory)``, and ``Counter()``."""
    if len(args) != 1 or kwargs:
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "begin with an empty one")
    label, lo.label = lo.label, None
    return new_table(lo, node, label, lo.program.place(lo, node), args[0])


def call_counter(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Obj:
    """``Counter()`` and ``Counter(items)``: a key that isn't there has the count zero."""
    from zygote_nb.frontend.generators import value_of

    label, lo.label = lo.label, None
    table = new_table(lo, node, label, lo.program.place(lo, node), static(Counter))
    if kwargs or (args and isinstance(args[0], Obj) and args[0].cls in (dict, Table)):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "begin with an empty one")
    if args:
        value_of(lo, node, lookups.count_all, [table, args[0]])
    return table


def copy(lo: Lowering, node: ast.AST, table: Obj, label: str | None = None) -> Obj:
    """A dict of the same entries."""
    from zygote_nb.frontend.generators import value_of

    content = get_object(lo, table)
    made = new_table(lo, node, label, content.note, content.get("factory"))
    value_of(lo, node, lookups.update, [made, table])
    return made


# Going through one


def view(lo: Lowering, node: ast.AST, table: Obj, what: str) -> Obj:
    return new_object(lo, node, View, [("table", table), ("what", static(what))], "view")


def sequence(lo: Lowering, node: ast.AST, value: Obj) -> Sequence:
    """The keys of a dict, or what a view of it shows, looked up when its turn comes."""
    from zygote_nb.frontend.sequences import Sequence

    content = get_object(lo, value)
    what = content.get("what").value if is_view(value) else "keys"
    held, keys, values = parts(lo, content.get("table") if is_view(value) else value)
    order = effect(lo, node, places.in_order, [held])
    count = lo.temporary("count", lo.length(order), node)

    def item(i: Expr) -> Any:
        effect(lo, node, places.still_as_many, [held, count])
        at = lo.temporary("k", lo.getitem(node, order, i), node)
        found = {k: lambda of=of: rows.item(lo, node, of, at) for k, of in (("keys", keys), ("values", values))}
        return lo.tuple_of([f() for f in found.values()]) if what == "items" else found[what]()

    return Sequence(count, item)


def listed(lo: Lowering, node: ast.AST, value: Obj) -> Any:
    """The keys, or what a view shows, as a list of its own."""
    from zygote_nb.frontend.comprehensions import listed_items

    return listed_items(lo, node, sequence(lo, node, value))


def length_of_view(lo: Lowering, node: ast.AST, value: Obj) -> Expr:
    table = get_object(lo, value).get("table")
    assert table is not ABSENT
    return length(lo, node, table)


__all__ = ["Table", "View", "get", "is_table", "is_view", "needs_table", "new_table", "put", "table_with"]
