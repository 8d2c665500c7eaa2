"""What stands in place of an object on a path that has None there; nothing reads it."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend import maybe, oneof
from zygote_nb.frontend.heap import Obj, Object, slot
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.ir.core import INT_ZERO, Const
from zygote_nb.ir.kinds import INT, Static

if TYPE_CHECKING:
    from zygote_nb.frontend.joining import Joint


def stand_in(join: Joint, where: str, other: Any) -> Any:
    """Something in place of None on the path that has no value; of objects, rows of a pool and iterators have such a
    thing."""
    if not isinstance(other, Obj):
        return maybe.stand_in(other)
    content = join.a.get(slot(other.ident)) or join.b.get(slot(other.ident)) or join.made.get(slot(other.ident))
    if content is not None and content.cls in (GeneratorType, range):
        on_both = slot(other.ident) in join.a and slot(other.ident) in join.b
        return other if on_both else blank(join, where, other, content)
    if content is None or not oneof.can_be_one_of(content):
        return None
    none = Obj(join.lo.joint_ident(join.node, join.turn, f"{where} none"), other.kind)
    row = Const(-1, INT)
    empty = replace(content, fields=(("index", row),), origins=frozenset((none.ident,)))
    if content.cls is oneof.OneOf:
        empty = oneof.content(none, content.note, INT_ZERO, row, content.label)
    return join.known_on_both(none, empty)


def blank(join: Joint, where: str, other: Obj, content: Object) -> Any:
    """An iterator, or the list that it goes through, with entries of the same kinds."""
    none = Obj(join.lo.joint_ident(join.node, join.turn, f"{where} none"), other.kind)
    fields = tuple((k, blank_entry(join, f"{where}_{k}", v)) for k, v in content.fields)
    if any(v is None for _, v in fields):
        return None
    return join.known_on_both(none, replace(content, fields=fields, origins=frozenset((none.ident,))))


def blank_entry(join: Joint, where: str, value: Any) -> Any:
    from zygote_nb.frontend.joining import Mixed

    if isinstance(value, Maybe):
        return Const(None, Static(None))
    if isinstance(value, (Const, Mixed)):
        return value
    if isinstance(value, Obj):
        if slot(value.ident) in join.a and slot(value.ident) in join.b:
            return value
        if value.cls is list:
            return blank(join, where, value, join.a.get(slot(value.ident)) or join.b[slot(value.ident)])
    return stand_in(join, where, value)
