"""What the entries of a container of run-time length have in common: their structure, leaf by leaf.

A template is a kind: tuples are taken apart, what is the same in every entry is static, and what may be None is a
condition and a value. Its leaves are the columns in which the entries are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import replace
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend import oneof
from zygote_nb.frontend.heap import POOLED, Obj, get_object
from zygote_nb.frontend.maybe import Maybe, stand_in
from zygote_nb.frontend.values import make_tuple, none
from zygote_nb.ir.core import TRUE, Const, Expr, Tuple
from zygote_nb.ir.kinds import (
    BOOL,
    INT,
    Array,
    Bottom,
    Given,
    Kind,
    ListOf,
    ObjectOf,
    Opaque,
    Reference,
    Scalar,
    Static,
    TupleOf,
    join,
)

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Leaf = Callable[[Kind], Expr]
NONE = Static(None)
STRUCTURED = (Static, TupleOf, ObjectOf)


class Rows(list):  # type: ignore[type-arg]
    """The class of lists of columns while a function is lowered."""


class Table(dict):  # type: ignore[type-arg]
    """The class of dicts with keys of run time while a function is lowered."""


class View:
    """The class of what the methods ``keys``, ``values`` and ``items`` of such a dict return."""


class Members(set):  # type: ignore[type-arg]
    """The class of sets that change as the program runs, while a function is lowered."""


class NeedsColumns(UnsupportedSyntaxError):
    """A container turns out to hold such entries in such a way that it has to be lowered as columns from the start."""

    place: Any
    template: Any

    def plain(self) -> UnsupportedSyntaxError:
        """The same, where nothing helps."""
        return UnsupportedSyntaxError(self.what, at=self.at, hint=self.hint)


def template_of(lo: Lowering, value: Any) -> Kind | None:
    """The template of one entry; None where there is none."""
    match value:
        case Tuple() if value.cls is not list:
            items = tuple(template_of(lo, i) for i in value.items)
            return None if None in items else TupleOf(items, value.cls)  # type: ignore[arg-type]
        case Maybe():
            inner = template_of(lo, value.value)
            return None if inner is None else optional(inner)
        case Const() if isinstance(value.kind, Static):
            return value.kind
        case Tuple():
            return of_list(lo, value)
        case Obj():
            return of_object(lo, value)
    kind = getattr(value, "kind", None)  # a value that differs from path to path has none
    return kind if isinstance(kind, (Scalar, Array, ListOf, Bottom)) or is_text(kind) else None


def of_object(lo: Lowering, value: Obj) -> Kind | None:
    """An object within an entry is known by its number in a pool; a list is one that grows."""
    from zygote_nb.frontend import pools

    content = get_object(lo, value)
    if content.note == POOLED:
        return Reference(content.cls)
    if content.cls is oneof.OneOf:
        return oneof.template(frozenset(content.note))
    if content.cls is Rows:
        return ObjectOf(Rows, content.keys(), tuple(v.kind for v in content.values()), 0, content.note)
    if content.cls is list:
        lo.program.grows(content.note)
    if pools.can_be_pooled(content):
        what = f"which {content.cls.__name__} object this is, is known only when the program runs"
        pools.needs_pool(lo, lo.statement or lo.source.tree, pools.pooled_class(content), what)
    return None


def of_list(lo: Lowering, value: Tuple) -> Kind | None:
    """A list within an entry is one that grows."""
    from zygote_nb.frontend.growing import is_uniform

    if not is_uniform(value):
        return None
    item: Kind | None = None
    for entry in value.items:
        item = entry.kind if item is None else join(item, entry.kind)
    return ListOf(item, lo.written.get(id(value), (None, None))[1])


def with_column(template: Kind, number: int, kind: Kind) -> Kind:
    """The template with another leaf of this number."""
    count = 0

    def visit(part: Kind) -> Kind:
        nonlocal count
        if isinstance(part, (TupleOf, ObjectOf)):
            return replace(part, items=tuple(map(visit, part.items)))
        if isinstance(part, Static):
            return part
        count += 1
        return kind if count == number + 1 else part

    return visit(template)


def is_text(kind: Kind) -> bool:
    return kind == Opaque("str") or (isinstance(kind, Static) and type(kind.value) is str)


def optional(kind: Kind) -> Kind:
    return kind if is_optional(kind) else TupleOf((BOOL, kind), Given)


def is_optional(kind: Kind) -> bool:
    return isinstance(kind, TupleOf) and kind.cls is Given


def join_templates(a: Kind, b: Kind) -> Kind | None:
    """The template of entries of which some have the one, some the other."""
    if a == b or isinstance(b, Bottom):
        return a
    if isinstance(a, Bottom):
        return b
    if isinstance(a, ObjectOf) and isinstance(b, ObjectOf):
        return None
    if ListOf(None) in (a, b) and (isinstance(a, ObjectOf) or isinstance(b, ObjectOf)):
        return a if isinstance(a, ObjectOf) else b
    if NONE in (a, b) or is_optional(a) or is_optional(b):
        known = [k.items[1] if is_optional(k) else k for k in (a, b) if k != NONE]  # type: ignore[union-attr]
        inner = join_templates(known[0], known[-1])
        return None if inner is None else optional(inner)
    if (which := oneof.classes_of(a)) and (more := oneof.classes_of(b)):
        return oneof.template(which | more)
    if isinstance(a, TupleOf) and isinstance(b, TupleOf):
        if a.cls is not b.cls or len(a.items) != len(b.items):
            return None
        items = tuple(map(join_templates, a.items, b.items))
        return None if None in items else TupleOf(items, a.cls)  # type: ignore[arg-type]
    if is_text(a) and is_text(b):
        return Opaque("str")
    return None if isinstance(a, STRUCTURED) or isinstance(b, STRUCTURED) else join(a, b)


def varying(template: Kind) -> Kind:
    """The template of which no text is the same in every entry."""
    if isinstance(template, TupleOf) and template.cls is not oneof.OneOf:
        return TupleOf(tuple(map(varying, template.items)), template.cls)
    return Opaque("str") if is_text(template) else template


def columns(template: Kind) -> list[Kind]:
    """The kinds of the leaves."""
    match template:
        case TupleOf() | ObjectOf():
            return [leaf for item in template.items for leaf in columns(item)]
        case Static():
            return []
        case Reference():
            return [INT]
    return [template]


def parts(lo: Lowering, template: Kind, value: Any) -> Iterator[Expr]:
    """The leaves of a value that fits the template."""
    match template:
        case TupleOf() if template.cls is Given:
            test, inner = (value.test, value.value) if isinstance(value, Maybe) else (TRUE, value)
            if isinstance(value, Const) and value.value is None:
                test, inner = Const(False, BOOL), blank(template.items[1])
            yield test
            yield from parts(lo, template.items[1], inner)
        case TupleOf() if template.cls is oneof.OneOf:
            yield from oneof.parts(lo, value) if isinstance(value, Obj) else value.items[1:]
        case TupleOf():
            for item, entry in zip(template.items, value.items, strict=True):
                yield from parts(lo, item, entry)
        case Static():
            return
        case ObjectOf():
            known = get_object(lo, value).values() if isinstance(value, Obj) else ()
            yield from known or [make_tuple((), list)] * len(template.items)
        case Reference():
            yield get_object(lo, value).get("index") if isinstance(value, Obj) else value
        case _:
            yield value


def blank(template: Kind) -> Any:
    """Something that fits the template, where there is no value, which nothing reads."""
    match template:
        case TupleOf() if template.cls is Given:
            return none()
        case TupleOf() if template.cls is oneof.OneOf:
            return make_tuple((none(), Const(0, INT), Const(-1, INT)), tuple)
        case TupleOf():
            return make_tuple(tuple(map(blank, template.items)), template.cls)
        case Static():
            return Const(template.value, template)
        case Opaque():
            return Const("", Static(""))
        case Reference():
            return Const(-1, INT)
        case ListOf() | ObjectOf():
            return make_tuple((), list)
        case Bottom():
            return Const(0.0)
    return stand_in(Const(None, template))


def assembled(lo: Lowering, template: Kind, leaf: Leaf) -> Any:
    """An entry, put together from its leaves."""
    match template:
        case TupleOf() if template.cls is Given:
            test = leaf(BOOL)
            found = Maybe(test, assembled(lo, template.items[1], leaf))
            return lo.evaluated(found, lo.statement or lo.source.tree)
        case TupleOf() if template.cls is oneof.OneOf:
            return oneof.made(lo, template.items[0].value, leaf(INT), leaf(INT))  # type: ignore[union-attr]
        case TupleOf():
            return make_tuple(tuple(assembled(lo, item, leaf) for item in template.items), template.cls)
        case Static():
            return Const(template.value, template)
        case ObjectOf():
            from zygote_nb.frontend.rows import rows_of

            return rows_of(lo, template, [leaf(k) for k in template.items])
        case Reference():
            from zygote_nb.frontend.pools import pointer

            return pointer(lo, template.cls, leaf(INT))
    return leaf(template)
