"""Functions that look something up: ``operator.itemgetter``, ``attrgetter`` and ``methodcaller``."""

from __future__ import annotations

import ast
import functools
import operator
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


def make_getter(cls: type) -> Any:
    def make(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Const:
        values = [*args, *(v for _, v in kwargs)]
        if not all(isinstance(v, Const) for v in values):
            what = f"what `{cls.__name__}` looks up is known only when the program runs"
            raise lo.refuse(node, what, "write a lambda")
        return static(cls(*(a.value for a in args), **{k: v.value for k, v in kwargs}), cls.__name__)

    return make


def call_getter(lo: Lowering, node: ast.AST, fn: Any, args: list[Any]) -> Any:
    (base,) = args
    made, given = fn.__reduce__()[:2]
    if isinstance(fn, operator.methodcaller):
        words = made.keywords if isinstance(made, functools.partial) else {}
        name, *values = (*made.args, *given) if isinstance(made, functools.partial) else given
        return call_method(lo, node, base, name, values, words)
    look = item if isinstance(fn, operator.itemgetter) else attribute
    found = [look(lo, node, base, key) for key in given]
    return found[0] if len(found) == 1 else lo.tuple_of(found)


def item(lo: Lowering, node: ast.AST, base: Any, key: Any) -> Any:
    return lo.getitem(node, lo.snapshot(base), lo.constant(key))


def attribute(lo: Lowering, node: ast.AST, base: Any, names: str) -> Any:
    for name in names.split("."):
        base = lo.attribute_of(node, base, name)
    return base


def call_method(lo: Lowering, node: ast.AST, base: Any, name: str, values: list[Any], words: dict[str, Any]) -> Any:
    from zygote_nb.frontend.calls import array_method

    args, kwargs = [lo.constant(v) for v in values], tuple((k, lo.constant(v)) for k, v in words.items())
    if isinstance(base, (Obj, Tuple)):
        return lo.call_value(node, lo.attribute_of(node, base, name), args, kwargs)
    return array_method(lo, node, base, name, args, kwargs)
