"""Binding values to variables, and evaluating what later statements could change."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend.chosen import Chosen, variables_for
from zygote_nb.frontend.growing import list_display
from zygote_nb.frontend.heap import Obj, adopted, field_variables, list_object
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.parts import BOUNDS, is_single, leaf_names, part
from zygote_nb.frontend.settings import kept
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import is_slice, make_tuple
from zygote_nb.ir.core import (
    Apply,
    Assign,
    Const,
    Expr,
    Name,
    Tuple,
)
from zygote_nb.ir.kinds import Static
from zygote_nb.ir.walk import all_bound, names

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def held(lo: Lowering, nodes: list[ast.expr], *known: Any) -> list[Any]:
    """What is known, and several expressions from left to right; what a later one could change is evaluated first."""
    values: list[Any] = list(known)
    for node in nodes:
        before = len(lo.out)
        value = lo.value(node)
        lo.keep(values, before, node)
        values.append(value)
    return values


def keep(lo: Lowering, values: list[Any], before: int, node: ast.AST) -> None:
    """The values that were found when there were so many statements, as they were then."""
    new = tuple(lo.out[before:])
    if any(not isinstance(s, Assign) for s in new):
        lo.pin(values, before, node, None)
    elif new:
        lo.pin(values, before, node, all_bound(new))


def pin(lo: Lowering, values: list[Any], at: int, node: ast.AST, changed: set[str] | None) -> None:
    """Evaluate before statement ``at`` the values that the statements from there on may change."""
    later = all_bound(tuple(lo.out[at:]))
    for i, value in enumerate(values):
        values[i], at = lo.pinned(value, at, node, later, changed is None)


def pinned(lo: Lowering, value: Any, at: int, node: ast.AST, later: set[str], memory: bool) -> tuple[Any, int]:
    if isinstance(value, Tuple):
        items = []
        for item in value.items:
            done, at = lo.pinned(item, at, node, later, memory)
            items.append(done)
        return remade(lo, value, tuple(items)), at
    if is_slice(value):
        whole, at = lo.pinned(make_tuple(value.args, tuple), at, node, later, memory)
        return replace(value, args=whole.items), at
    read = names(value) & later if isinstance(value, Expr) else set()
    if read or (memory and isinstance(value, Apply)):
        name = lo.fresh("t")
        lo.out.insert(at, Assign(name, value, lo.span(node)))
        return Name(name, value.kind), at + 1
    return value, at


def bind(lo: Lowering, name: str, value: Any, node: ast.AST) -> None:
    """``name = value``, for a variable of the user's."""
    if lo.program.write_outside(lo, node, name, value):
        return
    if isinstance(value, Tuple) and value.cls is list:
        if name in lo.mutated and lo.program.may_grow(lo, value):
            value = list_display(lo, node, value)
            lo.list_places[name] = lo.list_places[value.id]
        else:
            value = list_object(lo, node, name, value, rebinds=True)
    elif isinstance(value, Tuple):
        value = adopted(lo, node, name, value)
    stem = free_stem(lo, name, value)
    lo.env[name] = lo.assigned(node, stem, lo.renamed_safely(stem, value, node))
    note_set(lo, node, name)


def free_stem(lo: Lowering, name: str, value: Any) -> str:
    """What the variables for the entries of a tuple are called after: none of an object that is still in use."""
    stem = name
    if lo.field_names and not is_single(value):
        in_use = field_variables(lo, {name}, [value])
        while in_use.intersection(leaf_names(lo, stem, value)):
            stem = lo.fresh(name)
    return stem


def assigned(lo: Lowering, node: ast.AST, name: str, value: Any) -> Any:
    """Bind the leaves of a value to variables called after ``name``; what is static stays."""
    if isinstance(value, (Obj, Mixed)):
        return value
    if isinstance(value, Maybe):
        test = lo.assigned(node, part(lo, name, "given"), value.test)
        return Maybe(test, lo.assigned(node, name, value.value))
    if isinstance(value, Chosen):
        names_ = variables_for(name, value.values, lo.local_names)
        return replace(value, tests=tuple(map(partial(lo.assigned, node), names_, value.tests)))
    if isinstance(value, Tuple):
        items = [lo.assigned(node, part(lo, name, i), item) for i, item in enumerate(value.items)]
        return make_tuple(tuple(items), value.cls)
    if is_slice(value):
        parts = [(a, part(lo, name, word)) for a, word in zip(value.args, BOUNDS, strict=True)]
        return replace(value, args=tuple(a if isinstance(a, Const) else lo.assigned(node, n, a) for a, n in parts))
    if isinstance(value, Const) and (isinstance(value.kind, Static) or kept(lo, name, value)):
        return value
    if value != Name(name):
        lo.taken.add(name)
        lo.out.append(Assign(name, value, lo.span(node)))
        lo.note_list(name, value)
    return Name(name, value.kind)


def renamed_safely(lo: Lowering, name: str, value: Any, node: ast.AST) -> Any:
    """Entries of a tuple that read a variable which an earlier entry's binding overwrites are evaluated first."""
    if not isinstance(value, Tuple):
        return value
    targets = set(leaf_names(lo, name, value))
    items = list(value.items)
    for i, item in enumerate(items):
        if names(item) & targets and not (isinstance(item, Name) and item.id == part(lo, name, i)):
            items[i] = lo.evaluated(item, node)
    return make_tuple(tuple(items), value.cls)


def remade(lo: Lowering, value: Tuple, items: tuple[Any, ...]) -> Tuple:
    """A display with its entries evaluated: written where it was written."""
    made = make_tuple(items, value.cls)
    known = lo.written.get(id(value))
    if known is not None and not isinstance(known[1], Obj):
        lo.written[id(made)] = made, known[1]
    return made


def evaluated(lo: Lowering, value: Any, node: ast.AST) -> Any:
    if isinstance(value, Tuple):
        return remade(lo, value, tuple(lo.evaluated(i, node) for i in value.items))
    if isinstance(value, (Const, Obj, Mixed)):
        return value
    if is_slice(value):
        return replace(value, args=tuple(lo.evaluated(a, node) for a in value.args))
    if isinstance(value, Chosen):
        return replace(value, tests=tuple(lo.evaluated(t, node) for t in value.tests))
    if isinstance(value, Maybe):
        return Maybe(lo.evaluated(value.test, node), lo.evaluated(value.value, node))
    return lo.temporary("t", value, node)
