"""Lists that grow as the program runs, and whose entries are tuples: one list that grows for each leaf of an entry.

In the heap such a list is an object whose entries are its columns; its note is the template of an entry.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import GeneratorType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.heap import Obj, Object, get_object, put_object
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.templates import (
    NeedsColumns,
    Rows,
    View,
    assembled,
    columns,
    join_templates,
    parts,
    template_of,
    with_column,
)
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Append, Apply, Assign, Const, Expr, Name, Pop, Tuple
from zygote_nb.ir.kinds import INT, Array, Bottom, Given, Kind, ListOf, ObjectOf, Reference, Scalar, TupleOf, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.sequences import Sequence


PASSING = (GeneratorType, View)
HINT = "keep the entries of a list that grows of one structure"
COUNT = "how many entries this list has is known only when the program runs"


def is_rows(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is Rows


def is_growing(value: Any) -> bool:
    """Whether it is a list that grows as the program runs."""
    return is_rows(value) or isinstance(value.kind, ListOf)


def new_rows(lo: Lowering, node: ast.AST, template: Kind, label: str | None, place: Any) -> Obj:
    """An empty list of entries that fit the template."""
    stem = label or "items"
    fields = []
    for i, kind in enumerate(columns(template)):
        name = lo.fresh(f"{stem}_{i}")
        whole = ListOf(None if isinstance(kind, Bottom) else kind)
        lo.out.append(Assign(name, Tuple((), list, whole), lo.span(node)))
        fields.append((i, Name(name, whole)))
    if not fields:
        raise lo.refuse(node, "a list of constants grows", "keep numbers in it")
    return with_columns(lo, tuple(fields), stem, (place, template))


def with_columns(lo: Lowering, fields: tuple[tuple[Any, Any], ...], stem: str, note: Any) -> Obj:
    obj = Obj(lo.new_ident(), Reference(Rows))
    put_object(lo, obj, Object(Rows, fields, stem, frozenset((obj.ident,)), note=note))
    lo.recent.append(obj)
    return obj


def rows_of(lo: Lowering, kind: ObjectOf, leaves: list[Expr]) -> Obj:
    """A list of columns that is an entry of another one."""
    node = lo.statement or lo.source.tree
    fields = [(k, lo.temporary("items", leaf, node)) for k, leaf in zip(kind.keys, leaves, strict=True)]
    return with_columns(lo, tuple(fields), "items", kind.note)


def template(lo: Lowering, rows: Obj) -> Kind:
    found: Kind = get_object(lo, rows).note[1]
    return found


def column_names(lo: Lowering, rows: Obj) -> list[Name]:
    return list(get_object(lo, rows).values())


def length(lo: Lowering, rows: Obj) -> Expr:
    return lo.length(column_names(lo, rows)[0])


def length_of(lo: Lowering, value: Any) -> Expr:
    """The length of a list that grows, of whatever kind."""
    return length(lo, value) if is_rows(value) else lo.length(value)


def fitting(lo: Lowering, node: ast.AST, rows: Obj, value: Any) -> list[Expr]:
    """The leaves of an entry; if it doesn't fit, the list is lowered again as one that takes it."""
    value = settled(lo, value)
    place, known = get_object(lo, rows).note
    own = template_of(lo, value)
    joined = None if own is None else join_templates(known, own)
    if joined is None:
        what = f"{describe(value.kind)} goes into a list whose entries are of another structure"
        raise lo.refuse(node, what, "keep the entries of a list that grows of one structure")
    if joined != known:
        raise needs_columns(lo, node, place, joined)
    return held_leaves(lo, node, parts(lo, known, value))


def settled(lo: Lowering, value: Any) -> Any:
    """A value as it goes into a container: a reference stays one, and what may be None too."""
    stays = isinstance(value, Maybe) or (isinstance(value, Obj) and value.cls not in PASSING)
    return value if stays else lo.snapshot(value)


def held_leaves(lo: Lowering, node: ast.AST, leaves: Iterable[Expr]) -> list[Expr]:
    return [held(lo, node, leaf) for leaf in leaves]


def held(lo: Lowering, node: ast.AST, leaf: Expr) -> Expr:
    if isinstance(leaf, Tuple):
        from zygote_nb.frontend.growing import list_display

        return list_display(lo, node, leaf)
    return lo.temporary("t", leaf, node) if isinstance(leaf, Apply) and isinstance(leaf.kind, Array) else leaf


def needs_columns(
    lo: Lowering, node: ast.AST, place: Any, template: Any, what: str = COUNT, hint: str = HINT
) -> NeedsColumns:
    error = lo.refuse(node, what, hint, NeedsColumns)
    assert isinstance(error, NeedsColumns)
    error.place, error.template = place, template
    return error


def needs_item(lo: Lowering, node: ast.AST, column: str, kind: Kind) -> None:
    """The lists in a column turn out to hold entries of a kind."""
    for content in lo.env.values():
        if isinstance(content, Object) and content.cls is Rows:
            for number, name in content.fields:
                if name.id == column:
                    place, known = content.note
                    raise needs_columns(lo, node, place, with_column(known, number, kind))


def append(lo: Lowering, node: ast.AST, rows: Obj, value: Any) -> None:
    leaves = [lo.evaluated(leaf, node) for leaf in fitting(lo, node, rows, value)]
    for column, leaf in zip(column_names(lo, rows), leaves, strict=True):
        lo.out.append(Append(column.id, leaf, lo.span(node)))


def item(lo: Lowering, node: ast.AST, rows: Obj, index: Expr) -> Any:
    """The entry at an index."""
    if isinstance(index, Apply):
        index = lo.temporary("k", index, node)
    names = iter(column_names(lo, rows))
    return assembled(lo, template(lo, rows), lambda kind: lo.getitem(node, next(names), index))


def store(lo: Lowering, node: ast.AST, rows: Obj, index: Expr, value: Any) -> None:
    """``rows[index] = value``."""
    from zygote_nb.frontend.targets import store as store_element

    leaves = [lo.evaluated(leaf, node) for leaf in fitting(lo, node, rows, value)]
    index = lo.evaluated(index, node)
    for column, leaf in zip(column_names(lo, rows), leaves, strict=True):
        store_element(lo, node, column, index, leaf)


def sequence(lo: Lowering, node: ast.AST, rows: Obj) -> Sequence:
    from zygote_nb.frontend.sequences import Sequence

    return Sequence(length(lo, rows), lambda i: item(lo, node, rows, i), value=rows)


def transposed(lo: Lowering, node: ast.AST, rows: Obj) -> Tuple:
    """What ``zip(*rows)`` gives: the entries of all tuples at one place, as a list of their own."""
    from zygote_nb.frontend.comprehensions import listed

    known = template(lo, rows)
    if not isinstance(known, TupleOf) or len(columns(known)) != len(known.items):
        raise lo.refuse(node, "a list of nested tuples is spread", "loop over the list")
    return make_tuple(tuple(listed(lo, node, c) for c in column_names(lo, rows)), tuple)


def as_matrix(lo: Lowering, node: ast.AST, rows: Obj) -> Any:
    """The array that NumPy makes of a list of tuples of numbers: its columns beside each other."""
    known = template(lo, rows)
    if isinstance(known, ListOf) and isinstance(known.item, Scalar):
        from zygote_nb.frontend import list_loops
        from zygote_nb.frontend.generators import value_of

        return lo.apply(node, np.array, [value_of(lo, node, list_loops.arrays_of, [rows])])
    if not isinstance(known, TupleOf) or known.cls is Given or not all(isinstance(k, Scalar) for k in known.items):
        return None
    arrays = [lo.apply(node, np.array, [c]) for c in column_names(lo, rows)]
    return lo.apply(node, np.stack, [make_tuple(tuple(arrays), tuple), Const(1, INT)])


def pop_last(lo: Lowering, node: ast.AST, rows: Obj) -> Any:
    def popped(column: Name) -> Name:
        assert isinstance(column.kind, ListOf)
        assert column.kind.item is not None
        target = lo.fresh("t")
        lo.out.append(Pop((target,), column.id, (column.kind.item,), lo.span(node)))
        return Name(target, column.kind.item)

    taken = [popped(c) for c in column_names(lo, rows)]
    return assembled(lo, template(lo, rows), lambda kind: taken.pop(0))


def copy(
    lo: Lowering,
    node: ast.AST,
    rows: Obj,
    over: Sequence | None = None,
    label: str | None = None,
    limited: bool = True,
) -> Obj:
    """A list of the same entries, or of those that a sequence gives; of a limited one maybe a list without limit."""
    from zygote_nb.frontend.repetition import write_range

    over = over or sequence(lo, node, rows)
    place = get_object(lo, rows).note[0]
    place = ("list", *place) if not limited and place in lo.program.limits else place
    made = new_rows(lo, node, template(lo, rows), label, place)
    bounds = (Const(0), over.length, Const(1))
    write_range(lo, node, bounds, lo.fresh("i"), lambda i: append(lo, node, made, over.item(i)), set())
    return made


__all__ = ["Rows", "append", "copy", "is_rows", "item", "length", "new_rows", "pop_last", "sequence", "store"]
