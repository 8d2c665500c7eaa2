"""Gradients and tangents inside of functions, in the image of what they belong to."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any

from zygote_nb.frontend.boundary import Receiver
from zygote_nb.frontend.heap import Obj, get_object, new_object
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.values import make_tuple, none
from zygote_nb.higher.inside.calls import Inner
from zygote_nb.ir.core import Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import (
    Array,
    Given,
    Kind,
    ObjectOf,
    Opaque,
    Outside,
    Scalar,
    Shared,
    Static,
    TupleOf,
    carries_tangent,
    describe,
    leaves,
)
from zygote_nb.transform.forward.zeros import zero_of


def is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None


def image(lo: Lowering, node: ast.AST, kind: Kind, grads: Iterator[Expr | None]) -> Any:
    """A gradient in the image of an argument."""
    match kind:
        case TupleOf(cls=cls) if cls is Given:
            raise lo.refuse(node, "an argument is a value or None, depending on the path", "pass a value")
        case TupleOf():
            return make_tuple(tuple(image(lo, node, k, grads) for k in kind.items), kind.cls)
        case ObjectOf():
            parts = [(key, image(lo, node, k, grads)) for key, k in zip(kind.keys, kind.items, strict=True)]
            if kind.cls in (FunctionType, MethodType, functools.partial):
                return none()
            return new_object(lo, node, kind.cls if kind.cls in (dict, list) else SimpleNamespace, parts)
        case Shared():
            raise lo.refuse(node, "an argument leads to one object in two ways", "pass a copy of it")
        case Static() | Outside():
            return none()
    return like(lo, node, kind, next(grads))


def like(lo: Lowering, node: ast.AST, kind: Kind, grad: Expr | None) -> Any:
    """The gradient of a Python number is a Python number."""
    if grad is None or isinstance(kind, Opaque):
        return none()
    if isinstance(kind, Scalar) and kind.weak and isinstance(grad.kind, Scalar) and grad.kind.weak is not True:
        return lo.apply(node, float, [grad])
    return grad


def images(
    lo: Lowering, node: ast.AST, inner: Inner, positions: tuple[int, ...], active: tuple[bool, ...], found: list[Name]
) -> list[Any]:
    """Gradients of the active leaves, in the image of the arguments at the positions."""
    grads = iter(found)
    by_leaf = [next(grads) if a else None for a in active]
    return [image(lo, node, inner.places[p][0], iter([by_leaf[i] for i in inner.leaves_at(p)])) for p in positions]


def value_of(lo: Lowering, instance: Instance, found: list[Name]) -> Any:
    """What the function returned, from its leaves."""
    queue = list(found)
    return Receiver(lo, lambda name, kind: queue.pop(0)).value(instance.function.result_kind, f"{instance.name}_value")


# Tangents and cotangents, taken apart


def on_leaves(kind: Kind, found: Iterator[Name]) -> Iterator[Expr | None]:
    """A tangent for each leaf of a result, None where there is none."""
    for leaf in leaves(kind):
        yield next(found) if carries_tangent(leaf) else None


def leaves_of(
    lo: Lowering, node: ast.AST, kind: Kind, tangent: Any, values: Iterator[Expr], every: bool = False
) -> Iterator[Expr]:
    """The leaves of a tangent or a cotangent, ``values`` being those of what it belongs to; None stands for zeros.

    With ``every`` a leaf that has no tangent keeps its place.
    """
    match kind:
        case TupleOf() | ObjectOf():
            keys = range(len(kind.items)) if isinstance(kind, TupleOf) else kind.keys
            for key, item in zip(keys, kind.items, strict=True):
                part = none() if is_none(tangent) else entry(lo, node, tangent, key)
                yield from leaves_of(lo, node, item, part, values, every)
        case Static() | Outside() | Shared():
            return
        case _:
            value = next(values)
            if carries_tangent(kind):
                yield zero_of(value) if is_none(tangent) else fitting(lo, node, value, tangent)
            elif every:
                yield value


def entry(lo: Lowering, node: ast.AST, tangent: Any, key: Any) -> Any:
    tangent = lo.snapshot(tangent) if isinstance(tangent, Obj) and tangent.cls is list else tangent
    if isinstance(tangent, Tuple):
        return tangent.items[key]
    if isinstance(tangent, Obj):
        return get_object(lo, tangent).get(key)
    what = f"a tangent is {describe(tangent.kind)} where its value has entries"
    raise lo.refuse(node, what, "give it the same structure")


def fitting(lo: Lowering, node: ast.AST, value: Expr, tangent: Any) -> Expr:
    tangent = lo.snapshot(tangent)
    same = isinstance(value.kind, Array) == isinstance(tangent.kind, Array)
    if not isinstance(tangent.kind, (Array, Scalar)) or not same or rank(value) != rank(tangent):
        what = f"a tangent is {describe(tangent.kind)}, and its value {describe(value.kind)}"
        raise lo.refuse(node, what, "give it the shape of its value")
    return tangent  # type: ignore[no-any-return]


def rank(value: Expr) -> int:
    return getattr(value.kind, "ndim", 0)
