"""Objects of several classes under one name or in one list: numbers say of which class, and in which row of its pool.

What is done with such an object is done in one branch for each class that it may have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from zygote_nb.frontend.heap import POOLED, Obj, Object, get_object, put_object
from zygote_nb.frontend.records import Record
from zygote_nb.ir.core import Const, Expr
from zygote_nb.ir.kinds import INT, Kind, Reference, Static, TupleOf

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

_numbers: WeakKeyDictionary[type, int] = WeakKeyDictionary()
_unused = count()


class OneOf(tuple):  # type: ignore[type-arg]
    """The class of such objects while a function is lowered."""

    __slots__ = ()


def number_of(cls: type) -> int:
    """The number of a class in this process; none is given twice, though classes come and go in a notebook."""
    if cls not in _numbers:
        _numbers[cls] = next(_unused)
    return _numbers[cls]


def template(classes: frozenset[type]) -> TupleOf:
    """The template of an entry that has one of the classes."""
    return TupleOf((Static(in_order(classes)), INT, INT), OneOf)


@lru_cache(maxsize=1000)
def in_order(classes: frozenset[type]) -> tuple[type, ...]:
    return tuple(sorted(classes, key=number_of))


def classes_of(kind: Kind) -> frozenset[type]:
    """The classes that an entry of a template may have; none if it is no such thing."""
    if isinstance(kind, Reference):
        return frozenset((kind.cls,))
    if isinstance(kind, TupleOf) and kind.cls is OneOf:
        return frozenset(kind.items[0].value)  # type: ignore[union-attr]
    return frozenset()


def is_one_of(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is OneOf


def classes(lo: Lowering, value: Obj) -> tuple[type, ...]:
    """The classes that an object in a pool, or one of several classes, may have."""
    content = get_object(lo, value)
    return content.note if content.cls is OneOf else (content.cls,)


def parts(lo: Lowering, value: Obj) -> tuple[Expr, Expr]:
    """The number of the class, and the row."""
    content = get_object(lo, value)
    if content.cls is OneOf:
        return content.get("class"), content.get("index")
    return Const(number_of(content.cls), INT), content.get("index")


def made(lo: Lowering, which: tuple[type, ...], number: Expr, index: Expr) -> Obj:
    node = lo.statement or lo.source.tree
    number, index = lo.evaluated(number, node), lo.evaluated(index, node)
    obj = Obj(lo.new_ident(), Reference(OneOf))
    put_object(lo, obj, content(obj, which, number, index, "object"))
    lo.recent.append(obj)
    return obj


def content(obj: Obj, which: tuple[type, ...], number: Expr, index: Expr, label: str) -> Object:
    return Object(OneOf, (("class", number), ("index", index)), label, frozenset((obj.ident,)), note=which)


def dispatched(lo: Lowering, node: ast.AST, value: Obj, use: Callable[[Obj], Any]) -> Any:
    """What ``use`` gives for the object as one of its class, whichever that is."""
    from zygote_nb.frontend.pools import pointer

    number, index = parts(lo, value)
    which, stem = classes(lo, value), lo.fresh("found")

    def rest(i: int) -> Any:
        def here() -> Any:
            return use(pointer(lo, which[i], index))

        if i == len(which) - 1:
            return here()
        test = lo.comparison(node, ast.Eq(), number, lo.constant(number_of(which[i])))
        return lo.choose(node, test, here, lambda: rest(i + 1), stem)

    return rest(0)


def is_instance(lo: Lowering, node: ast.AST, value: Obj, wanted: Any) -> Expr:
    number, _ = parts(lo, value)
    tests = [
        lo.comparison(node, ast.Eq(), number, lo.constant(number_of(c)))
        for c in classes(lo, value)
        if issubclass(c, wanted)
    ]
    found: Expr = lo.disjunction(tests) if tests else lo.constant(False)
    return lo.constant(True) if len(tests) == len(classes(lo, value)) else found


# Where paths meet


def can_be_one_of(content: Object) -> bool:
    return content.cls is OneOf or (content.note == POOLED and not issubclass(content.cls, Record))


def are_of_several_classes(p: Object | None, q: Object | None) -> bool:
    both = p is not None and q is not None and can_be_one_of(p) and can_be_one_of(q)
    return both and (p.cls, p.note) != (q.cls, q.note)  # type: ignore[union-attr]


def of_classes(content: Object) -> tuple[type, ...]:
    return content.note if content.cls is OneOf else (content.cls,)


def number_and_row(content: Object) -> tuple[Any, Any]:
    number = content.get("class") if content.cls is OneOf else Const(number_of(content.cls), INT)
    return number, content.get("index")
