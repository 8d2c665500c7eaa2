"""Sets that change as the program runs: which members they have carries no derivative."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import lookups, tables
from zygote_nb.frontend.heap import Obj, Object, get_object, put_object
from zygote_nb.frontend.templates import Members
from zygote_nb.frontend.values import none
from zygote_nb.ir.core import Const, Expr
from zygote_nb.ir.kinds import Reference
from zygote_nb.runtime import places

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def is_members(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is Members


def new_set(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """``set()`` and ``set(items)``."""
    from zygote_nb.frontend.generators import value_of

    label, lo.label = lo.label, None
    held = tables.effect(lo, node, places.no_places, [])
    obj = Obj(lo.new_ident(), Reference(Members))
    content = Object(Members, (("places", held),), label or "members", frozenset((obj.ident,)))
    put_object(lo, obj, content)
    lo.recent.append(obj)
    if args:
        value_of(lo, node, lookups.add_all, [obj, args[0]])
    return obj


def index(lo: Lowering, members: Obj) -> Any:
    return get_object(lo, members).get("places")


def contains(lo: Lowering, node: ast.AST, members: Obj, item: Any) -> Expr:
    key = tables.usable_key(lo, node, item)
    at = tables.effect(lo, node, places.place_of, [index(lo, members), key])
    found: Expr = lo.comparison(node, ast.GtE(), at, lo.constant(0))
    return found


def length(lo: Lowering, node: ast.AST, members: Obj) -> Expr:
    found: Expr = tables.effect(lo, node, places.count_places, [index(lo, members)])
    return found


def method(lo: Lowering, node: ast.AST, members: Obj, name: str, args: list[Any]) -> Any:
    from zygote_nb.frontend.generators import value_of

    held = index(lo, members)
    match name, len(args):
        case "add", 1:
            key = tables.usable_key(lo, node, args[0])
            return tables.effect(lo, node, places.take_place, [held, key, Const(0, lo.constant(0).kind)])
        case "discard", 1:
            return value_of(lo, node, lookups.discard, [held, tables.usable_key(lo, node, args[0])])
        case "remove", 1:
            return value_of(lo, node, lookups.remove, [held, tables.usable_key(lo, node, args[0])])
        case "clear", 0:
            return tables.effect(lo, node, places.leave_all, [held])
        case "update", 1:
            value_of(lo, node, lookups.add_all, [members, args[0]])
            return none()
    what = f"`{ast.unparse(node)}` of a set that changes as the program runs"
    raise lo.refuse(node, what, "use `add`, `discard`, `in` and `len`, or a dict, which has an order")
