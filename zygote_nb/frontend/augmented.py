"""Lowering of augmented assignment: a rebinding for numbers and tuples, a write to memory for arrays and elements.

Python puts what it changed in place back to where it was read from. That is nothing where the place still has it,
unless a method of the user's puts it there.
"""

from __future__ import annotations

import ast
import operator
from typing import Any, NoReturn

import numpy as np

from zygote_nb.frontend import descriptors, list_loops, overloads, rows, tables
from zygote_nb.frontend.access import is_slice
from zygote_nb.frontend.classes import class_entry, class_method, is_frozen
from zygote_nb.frontend.heap import ABSENT, Obj, entries, get_object, refill, write_field
from zygote_nb.frontend.lists import by_loop, extend, list_method
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.oneof import is_one_of
from zygote_nb.frontend.operators import BINARY
from zygote_nb.frontend.origins import must_grow
from zygote_nb.frontend.targets import WHOLE, set_attribute, settled_index, store
from zygote_nb.frontend.values import none
from zygote_nb.ir.core import Const, Expr, Invoke, Name, Stmt, Store, Tuple
from zygote_nb.ir.kinds import Array, ListOf
from zygote_nb.ir.walk import all_bound, names, root, statements


def augment(lo: Lowering, node: ast.AugAssign) -> None:
    """``x op= e``: a rebinding for numbers and tuples, a write to memory for arrays and elements."""
    fn = BINARY[type(node.op)]
    match node.target:
        case ast.Subscript():
            augment_element(lo, node, node.target, fn)
        case ast.Name():
            augment_name(lo, node, node.target, fn)
        case ast.Attribute():
            augment_attribute(lo, node, node.target, fn)


def augment_element(lo: Lowering, node: ast.AugAssign, target: ast.Subscript, fn: object) -> None:
    base, index = lo.held([target.value, target.slice])
    index = lo.snapshot(index)
    if isinstance(base, Tuple):
        augment_item(lo, node, fn, lo.getitem(node, base, index))
    if isinstance(index, Tuple) and index.cls is list:
        index = lo.temporary("k", lo.as_array(node, index), node)
    index = settled_index(lo, index, node)
    place, before = [base, index], len(lo.out)
    if isinstance(base, Obj):

        def put(new: Any) -> None:
            lo.keep(place, before, node)
            store(lo, node, place[0], place[1], new)

        old = lo.getitem(node, base, index)
        augment_place(lo, node, fn, old, put, lambda: entry_now(lo, base, index), calls_for_entry(base, index))
        return
    held, before = [lo.getitem(node, base, index)], len(lo.out)
    value = lo.value(node.value)
    if len(lo.out) > before:
        lo.keep(place, before, node)
        lo.pin(held, before, node, None)
    (base, index), (old,) = place, held
    if isinstance(base.kind, ListOf) and isinstance(old.kind, Array):
        element = lo.temporary("t", old, node)
        lo.out.append(Store(element, WHOLE, fitting(lo, node, element, fn, value), span=lo.span(node)))
        if may_store_in(lo.out[before:-1], root(base)):
            store(lo, node, base, index, element)
        return
    value = lo.snapshot(value)
    new = fitting(lo, node, old, fn, value) if isinstance(old.kind, Array) else lo.operate(node, fn, old, value)
    store(lo, node, base, index, new)


def augment_item(lo: Lowering, node: ast.AugAssign, fn: object, item: Any) -> NoReturn:
    """Python changes an array in a tuple, and then finds that it can't put it back."""
    error = lo.raised(node, TypeError, "'tuple' object does not support item assignment")

    def put(new: Any) -> None:
        raise error

    augment_place(lo, node, fn, item, put)
    raise error


def augment_attribute(lo: Lowering, node: ast.AugAssign, target: ast.Attribute, fn: object) -> None:
    base = lo.value(target.value)
    old = lo.attribute_of(node, base, target.attr)
    calls = calls_for_attribute(lo, base, target.attr)

    def put(new: Any) -> None:
        set_attribute(lo, node, base, target.attr, new)

    augment_place(lo, node, fn, old, put, lambda: attribute_now(lo, base, target.attr), calls)


def augment_name(lo: Lowering, node: ast.AugAssign, target: ast.Name, fn: object) -> None:
    def put(new: Any) -> None:
        lo.bind(target.id, new, node)

    augment_place(lo, node, fn, lo.value(target), put, lambda: lo.env.get(target.id))


def augment_place(
    lo: Lowering, node: ast.AugAssign, fn: Any, left: Any, put: Any, now: Any = none, calls: bool = False
) -> None:
    """``left op= value``, where ``put`` binds a new value to the place that ``left`` was read from.

    ``now`` says what the place has, and ``calls`` whether to put something there calls a method of the user's.
    """
    before, known = len(lo.out), now()
    value = lo.value(node.value)
    moved = not isinstance(left, Obj) and not names(left).isdisjoint(all_bound(tuple(lo.out[before:])))
    held = [left]
    if moved and isinstance(left.kind, ListOf):
        what = "a list is changed that its variable has no longer then"
        raise lo.refuse(node, what, "work out in a line before what is added")
    if not isinstance(left, Obj):
        number = not isinstance(left, Tuple) and not isinstance(left.kind, Array | ListOf)
        lo.pin(held, before, node, None if number and len(lo.out) > before else set())
    new = changed_in_place(lo, node, fn, held[0], value)
    if new is None:
        put(made_anew(lo, node, fn, held[0], value))
    elif calls or moved or now() != known:
        put(new)


def made_anew(lo: Lowering, node: ast.AugAssign, fn: Any, left: Any, value: Any) -> Any:
    own = overloads.augmented(lo, node, fn, left, value) if isinstance(left, Obj | Tuple) else None
    if own is not None:
        return own
    if not isinstance(left, Obj | Tuple) and isinstance(left.kind, ListOf):
        return lo.operate(node, fn, left, value)  # NumPy adds to a list what else would be appended to it
    return lo.operate(node, fn, lo.snapshot(left), lo.snapshot(value))


def changed_in_place(lo: Lowering, node: ast.AugAssign, fn: Any, left: Any, value: Any) -> Any:
    """What was changed, an array, a list or a dict; None if it is something else."""
    by_numpy = overloads.is_numpy(getattr(value, "kind", None))
    if isinstance(left, Obj):
        return left if is_object_changed(lo, node, fn, left, value, by_numpy) else None
    if (
        isinstance(left, Tuple)
        or not isinstance(left.kind, Array | ListOf)
        or (isinstance(left.kind, ListOf) and by_numpy)
    ):
        return None
    if isinstance(left.kind, ListOf):
        augment_list(lo, node, fn, left, value)
        return left
    whole = fitting(lo, node, left, fn, lo.snapshot(value))
    held = left if root(left) is not None else lo.temporary("t", left, node)
    lo.out.append(Store(held, WHOLE, whole, span=lo.span(node)))
    return held


def fitting(lo: Lowering, node: ast.AugAssign, left: Expr, fn: Any, value: Any) -> Expr:
    """What an array becomes. NumPy raises where that has more axes, or numbers of another sort."""
    whole: Expr = lo.operate(node, fn, left, value)
    if isinstance(whole.kind, Array) and isinstance(left.kind, Array):
        if whole.kind.ndim > left.kind.ndim:
            what = f"`{ast.unparse(node)}` does not fit into `{ast.unparse(node.target)}`"
            raise lo.refuse(node, what, "NumPy would raise here")
        if not np.can_cast(whole.kind.dtype, left.kind.dtype, "same_kind"):
            raise lo.raised(node, TypeError, f"{whole.kind.dtype} can't be cast to {left.kind.dtype}")
    return whole


def is_object_changed(lo: Lowering, node: ast.AugAssign, fn: Any, left: Obj, value: Any, by_numpy: bool) -> bool:
    """Change a list or a dict; others have a method for it, or none."""
    if left.cls is rows.Rows and not by_numpy:
        augment_list(lo, node, fn, left, value)
        return True
    if left.cls is list and fn is operator.add and not by_numpy:
        list_method(lo, node, left, "extend", [value], ())
        return True
    if left.cls is list and fn is operator.mul:
        repeated = lo.operate(node, fn, lo.snapshot(left), lo.snapshot(value))
        if isinstance(repeated, Tuple):
            refill(lo, node, left, list(repeated.items))
            return True
        must_grow(lo, node, left.ident, get_object(lo, left))
    if left.cls is dict and fn is operator.or_:
        for key in overloads.keys(lo, value):
            write_field(lo, node, left, key, lo.getitem(node, value, lo.constant(key)))
        return True
    return False


def augment_list(lo: Lowering, node: ast.AugAssign, fn: Any, left: Any, value: Any) -> None:
    """A list that grows changes in place."""
    if fn is operator.add:
        extend(lo, node, left, value)
    elif fn is operator.mul:
        by_loop(lo, node, list_loops.repeat, [left, lo.evaluated(lo.snapshot(value), node)])
    else:
        raise lo.refuse(node, f"`{ast.unparse(node)}` on a list is not differentiated", "use append")


# What a place has


OWN = (dict, list, rows.Rows, tables.Table)


def calls_for_attribute(lo: Lowering, base: Any, name: str) -> bool:
    """Whether assigning to an attribute does more than to give the object one that it has already."""
    if not isinstance(base, Obj) or is_one_of(base):
        return False
    entry = class_entry(base.cls, name)
    if isinstance(entry, property) or descriptors.method_of(entry, "__set__") is not None:
        return True
    if class_method(base.cls, "__setattr__") is not None or is_frozen(base.cls):
        return True
    return class_method(base.cls, "__getattr__") is not None and attribute_now(lo, base, name) is ABSENT


def calls_for_entry(base: Obj, index: Any) -> bool:
    """Whether a class of the user's says what it means to assign to an entry, or the entries are a copy."""
    return base.cls not in OWN or is_slice(index)


def attribute_now(lo: Lowering, base: Any, name: str) -> Any:
    """What an object has as an attribute, where it is one object."""
    return get_object(lo, base).get(name) if isinstance(base, Obj) and not is_one_of(base) else None


def entry_now(lo: Lowering, base: Obj, index: Any) -> Any:
    """What a dict or a list of fixed structure has as an entry, where it is known which one is meant."""
    if base.cls not in (dict, list) or not isinstance(index, Const):
        return None
    if base.cls is dict:
        return get_object(lo, base).get(index.value)
    items = entries(lo, base).items
    return items[index.value] if type(index.value) is int and -len(items) <= index.value < len(items) else None


def may_store_in(block: list[Stmt], name: str | None) -> bool:
    """Whether the statements may give a list of arrays another array."""
    for stmt in statements(tuple(block)):
        match stmt:
            case Store(base=Name(id=id, kind=ListOf())) if id == name:
                return True
            case Invoke(args=args) if any(name in names(a) for a in args):
                return True
    return False
