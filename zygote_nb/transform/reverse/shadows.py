"""Shadows: memory for adjoints that is made in step with the primal memory."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.analysis.activity import is_varied
from zygote_nb.analysis.alias import mirrored, sharing, view_of
from zygote_nb.analysis.ownership import makes_anew
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Apply, Assign, Const, Expr, For, Invoke, Name, Store, Tuple, While
from zygote_nb.ir.kinds import Array, ListOf, Scalar, TupleOf
from zygote_nb.ir.walk import bound, names, read, statements
from zygote_nb.runtime import indexing, lists
from zygote_nb.transform.reverse.state import Reverse
from zygote_nb.transform.reverse.tangents import zero_number, zeros_like

READ_ONLY = {np.diag, np.diagonal, np.linalg.diagonal, Method("diagonal")}


def shadow_of(r: Reverse, value: Expr, target: str) -> Expr:
    """The same memory structure for the adjoint: an alias of a shadow, or fresh zeros."""
    shared = mirrored(value)
    if shared:
        return shadowed(r, value)
    if isinstance(value.kind, ListOf):
        return list_shadow(r, value, target)
    return zeros_like(Name(target, value.kind))


def shadowed(r: Reverse, value: Expr) -> Expr:
    """A view or alias, of the shadow instead."""
    match value:
        case Name():
            return r.d(value.id)
        case Tuple():
            items = tuple(shadowed(r, i) if sharing(i) else zero_number(i.kind) for i in value.items)
            return replace(value, items=items)
        case Apply():
            key = entry_of(r, value)
            if key is not None:
                return r.d(key)
            at = view_of(value)
            view = replace(value, args=(*value.args[:at], shadowed(r, value.args[at]), *value.args[at + 1 :]))
            return Apply(indexing.writable, (view,), (), view.kind) if value.fn in READ_ONLY else view
    raise TypeError(value)


def entry_of(r: Reverse, expr: Expr) -> str | None:
    """The entry of a tuple-valued variable that the expression is."""
    path: tuple[int, ...] = ()
    while True:
        match expr:
            case Apply(fn=operator.getitem, args=(Apply() | Name() as whole, Const(value=int(i)))) if is_tuple(whole):
                path, expr = (i % len(whole.kind.items), *path), whole  # type: ignore[union-attr]
            case Name(id=name) if path:
                return r.entry(name, path)
            case _:
                return None


def is_tuple(expr: Expr) -> bool:
    return isinstance(expr.kind, TupleOf) and bool(expr.kind.items)


def list_shadow(r: Reverse, value: Expr, target: str) -> Expr:
    item = value.kind.item if isinstance(value.kind, ListOf) else None
    if isinstance(value, Tuple) and is_made_late(r, Assign(target, value)):
        return Apply(lists.zero_list, (Name(target, value.kind),), (), ListOf(Scalar("float64")))
    if isinstance(value, Tuple):
        return replace(value, items=tuple(zero_number(i.kind) for i in value.items))
    return Apply(lists.zero_list, (Name(target, value.kind),), (), ListOf(item))


def is_made_late(r: Reverse, stmt: Assign) -> bool:
    """Whether the shadow can be made when the backward sweep begins: one name, bound once, outside of all loops."""
    if r.scopes or sharing(stmt.value) or len(r.memory.members(stmt.target)) > 1:
        return False
    top = [s for s in r.function.body if stmt.target in bound(s)]
    everywhere = [s for s in statements(r.function.body) if stmt.target in bound(s)]
    passed = any(isinstance(s, Invoke) and stmt.target in read(s) for s in statements(r.function.body))
    return len(everywhere) == 1 and bool(top) and not passed


def is_made_on_the_way_back(r: Reverse, stmt: Assign) -> bool:
    """Whether each mirrored iteration can make the shadow itself: of new memory that an iteration has to itself."""
    if not r.scopes or len(r.memory.members(stmt.target)) > 1 or not isinstance(stmt.value, Apply):
        return False
    loop, name = r.scopes[-1].loop, stmt.target
    once = name in r.scopes[-1].local and sum(name in bound(s) for s in statements(loop.body)) == 1
    if not once or not isinstance(loop.body[-1], Assign | Store | Invoke | For | While):
        return False
    if not isinstance(stmt.value.kind, Array) or not makes_anew(loop, frozenset({name})):
        return False
    return not any(takes_shadow(r, s, name) for s in statements(loop.body) if isinstance(s, Invoke))


def takes_shadow(r: Reverse, call: Invoke, name: str) -> bool:
    """Whether the forward half of the function that is called is handed the shadow of the variable."""
    if name not in read(call):
        return False
    pair = r.pair_of(call.callee, tuple(is_varied(a, r.varied, r.constant) for a in call.args))
    return any(name in names(call.args[i]) for i in pair.shadowed)


def late_bases(r: Reverse) -> set[str]:
    """Lists whose shadow is made at the start of the backward sweep."""
    found = set()
    saved, r.scopes = r.scopes, []
    for stmt in statements(r.function.body):
        makes_list = isinstance(stmt, Assign) and isinstance(stmt.value.kind, ListOf) and isinstance(stmt.value, Tuple)
        if makes_list and is_made_late(r, stmt):
            found.add(stmt.target)
    r.scopes = saved
    return found
