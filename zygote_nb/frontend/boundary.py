"""Values that cross from one function to another: what their kind says, and the leaves that are handed over.

An object crosses as its leaves. Its kind numbers it, so that the other side knows which of several ways lead to one
object, and can say which objects it changed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.chosen import Chosen
from zygote_nb.frontend.heap import POOLED, Obj, Object, get_object, put_object
from zygote_nb.frontend.inner import reads_around
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.local import LocalFunction, closure_object
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.parts import part
from zygote_nb.frontend.settings import as_expression
from zygote_nb.frontend.values import make_tuple, slice_of
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import UNCHANGED, WHOLE, Given, Kind, ObjectOf, Outside, Reference, Shared, Static, TupleOf

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


@dataclass(slots=True)
class Sender:
    """Takes values apart: kinds, and leaves in the order of the kinds.

    What leaves the ``outermost`` function is put together again by the caller, who knows nothing of pools and of the
    places of keys; where it is ``returned``, all of it is handed over.
    """

    lo: Lowering
    node: ast.AST
    numbers: dict[int, int] = field(default_factory=dict)
    objects: list[Obj | Tuple | None] = field(default_factory=list)
    leaves: list[Expr] = field(default_factory=list)
    outermost: bool = False
    returned: bool = False

    def kind(self, value: Any) -> Kind:
        match value:
            case Const(value=LocalFunction()):
                return self.object(closure_object(self.lo, self.node, value.value))
            case Obj():
                return self.object(value)
            case Tuple() if value.cls is list:
                self.objects.append(value)
                number = len(self.objects) - 1
                items = tuple(map(self.kind, value.items))
                _, place = self.lo.written.get(id(value), (None, None))
                return ObjectOf(
                    list, tuple(range(len(items))), items, number, None if isinstance(place, Obj) else place
                )
            case Tuple():
                return TupleOf(tuple(map(self.kind, value.items)), value.cls)
            case Mixed():
                return Static(value)
            case Apply(fn=builtins.slice) if not self.outermost:
                return TupleOf(tuple(map(self.kind, value.args)), slice)
            case Maybe():
                return TupleOf((self.kind(value.test), self.kind(value.value)), Given)
            case Chosen():
                what = "a function chosen as the program runs is passed on"
                raise self.lo.refuse(self.node, what, "call it here, or pass the key")
            case Const() if isinstance(value.kind, Static):
                return value.kind
        self.leaves.append(value)
        return value.kind  # type: ignore[no-any-return]

    def object(self, obj: Obj) -> Kind:
        if obj.cls is GeneratorType:
            from zygote_nb.frontend.generators import make_portable

            make_portable(self.lo, self.node, obj)
        content = get_object(self.lo, obj)
        if reads_around(self.lo, content.cls):
            what = f"an object of the class {content.cls.__name__}, whose methods read variables of the function around"
            hint = "hand these variables to the constructor"
            raise self.lo.refuse(self.node, f"{what} it, leaves that function", hint)
        if content.outside and not self.returned:
            return Outside(obj.ident, content.cls)
        if obj.ident in self.numbers:
            return Shared(self.numbers[obj.ident])
        self.numbers[obj.ident] = number = len(self.objects)
        self.objects.append(obj)
        if len(content.origins) > 1:
            self.check(obj, content)
        if content.cls is GeneratorType:
            content = without_start(content)
        if self.outermost:
            from zygote_nb.frontend.returned import in_full

            content = in_full(self.lo, self.node, obj)
        return ObjectOf(content.cls, content.keys(), tuple(map(self.kind, content.values())), number, content.note)

    def check(self, obj: Obj, content: Object) -> None:
        """An object that may be another one that crosses as well would become two."""
        if content.note == POOLED:
            return
        for other in self.objects:
            if isinstance(other, Obj) and other.ident != obj.ident:
                known = get_object(self.lo, other)
                if known.origins & content.origins:
                    what = "objects that may be one, depending on the path taken, are passed together"
                    raise self.lo.refuse(self.node, what, "give each object a name of its own")

    def changes(self, obj: Obj, before: Object) -> Kind | None:
        """What became of an object's entries, or None if nothing did."""
        after = get_object(self.lo, obj)
        if after.fields == before.fields and not after.whole:
            return None
        kept = {id(v): k for k, v in before.fields}
        items = []
        for key, value in after.fields:
            same = before.get(key) is value and id(value) in kept
            items.append(UNCHANGED if same or before.get(key) == value else self.kind(value))
        return ObjectOf(after.cls, after.keys(), tuple(items), -1, WHOLE if after.whole else after.note)


@dataclass(slots=True)
class Receiver:
    """Puts values together from kinds; ``leaf`` gives the expression of the next leaf.

    Containers that are ``begun`` here, in the outermost function, may be others than they were outside.
    """

    lo: Lowering
    leaf: Callable[[str, Kind], Expr]
    objects: dict[int, Obj] = field(default_factory=dict)
    begun: Callable[[Obj, int], Any] | None = None

    def value(self, kind: Kind, name: str) -> Any:
        match kind:
            case TupleOf(cls=cls) if cls is Given:
                return Maybe(self.value(kind.items[0], part(self.lo, name, "given")), self.value(kind.items[1], name))
            case TupleOf():
                items = tuple(self.value(k, part(self.lo, name, i)) for i, k in enumerate(kind.items))
                if kind.cls is slice:
                    return slice_of(list(items))
                return make_tuple(items, kind.cls)
            case ObjectOf():
                return self.object(kind, name)
            case Shared():
                return self.objects[kind.ident]
            case Outside():
                return self.lo.program.outside_object(self.lo, kind.ident)
            case Static(value=Mixed()):
                return kind.value
            case Static():
                return as_expression(kind)
        return self.leaf(name, kind)

    def object(self, kind: ObjectOf, name: str) -> Obj:
        obj = Obj(self.lo.new_ident(), Reference(kind.cls))
        self.objects[kind.ident] = obj
        # The reference must be known before the entries, which may lead back to it.
        put_object(self.lo, obj, Object(kind.cls, (), name, frozenset((obj.ident,)), note=kind.note))
        fields = []
        for key, item in zip(kind.keys, kind.items, strict=True):
            value = self.value(item, part(self.lo, name, word(key)))
            fields.append((key, value))
        if kind.cls is GeneratorType:
            fields = with_start(kind, fields)
        put_object(self.lo, obj, Object(kind.cls, tuple(fields), name, frozenset((obj.ident,)), note=kind.note))
        if self.begun is not None and kind.cls in (dict, list) and kind.note is None:
            self.objects[kind.ident] = self.begun(obj, kind.ident)
        return self.objects[kind.ident]


def without_start(content: Object) -> Object:
    """An iterator of which nothing was taken: that it begins at 0 is known on the other side."""
    from zygote_nb.frontend.generators import AT

    return content.without(AT) if content.get(AT) == INT_ZERO else content


def with_start(kind: ObjectOf, fields: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    from zygote_nb.frontend.generators import AT, is_indexed

    return [*fields, (AT, INT_ZERO)] if is_indexed(kind.note) and AT not in kind.keys else fields


def shared_numbers(kind: Kind) -> set[int]:
    """The numbers of those objects of the other side to which a kind leads."""
    if isinstance(kind, Shared):
        return {kind.ident}
    return set().union(*map(shared_numbers, getattr(kind, "items", ())))


def with_objects(value: Any, made: Callable[[Tuple], Any]) -> Any:
    """The value with an object for each list display that ``made`` has one for."""
    if not isinstance(value, Tuple):
        return value
    new = made(value)
    if new is not None:
        return new
    items = tuple(with_objects(i, made) for i in value.items)
    same = all(p is q for p, q in zip(items, value.items, strict=True))
    return value if same else make_tuple(items, value.cls)


def word(key: Any) -> str:
    return key if isinstance(key, str) and key.isidentifier() else "".join(c if c.isalnum() else "_" for c in str(key))
