"""Kinds, shapes and zeros of tangents."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import COMPLEX_ZERO, ZERO, Apply, Expr, Name, Store
from zygote_nb.ir.kinds import Array, Kind, ListOf, Opaque, Scalar
from zygote_nb.runtime import arrays as helpers
from zygote_nb.runtime import lists
from zygote_nb.transform import algebra
from zygote_nb.transform.broadcasting import covers, expanded


def tangent_kind(kind: Kind) -> Kind:
    match kind:
        case Scalar() if kind.dtype[0] in "iub":
            return Scalar("float64", kind.weak)
        case Array() if kind.dtype[0] in "iub":
            return Array("float64", kind.dims)
        case ListOf() if kind.item is not None:
            return ListOf(tangent_kind(kind.item))
    return kind


def zeros_like(value: Expr) -> Expr:
    kind = value.kind
    match kind:
        case Array():
            if kind.dtype[0] in "iub":
                shape = Apply(Attribute("shape"), (value,), (), Opaque())
                return Apply(np.zeros, (shape,), (), Array("float64", kind.dims))
            return Apply(np.zeros_like, (value,), (), kind)
        case ListOf():
            return Apply(lists.zero_list, (value,), (), kind)
    return zero_number(kind)


def zero_number(kind: Kind) -> Expr:
    return COMPLEX_ZERO if isinstance(kind, Scalar) and kind.dtype[0] == "c" else ZERO


def zero_for(value: Expr) -> Expr:
    return zeros_like(value) if isinstance(value, Name) and isinstance(value.kind, Array) else zero_number(value.kind)


def same_shape_always(kind: Kind) -> bool:
    return not isinstance(kind, Array) or None not in kind.dims


def covers_loosely(kind: Kind, target: Kind) -> bool:
    if not isinstance(target, Array):
        return True
    return (
        isinstance(kind, Array)
        and kind.ndim == target.ndim
        and all(p == q or p is None or (q is None and p != 1) for p, q in zip(kind.dims, target.dims, strict=True))
    )


def fitted(value: Expr, primal: Expr) -> Expr:
    """A contribution as a value of the variable's own shape."""
    if not isinstance(primal.kind, Array) or covers_loosely(value.kind, primal.kind):
        return value
    return expanded(value, primal)


def element_kind(stmt: Store) -> Kind:
    kind = algebra.kind_of_call(operator.getitem, (stmt.base, stmt.index))
    return tangent_kind(kind if not isinstance(kind, Opaque) else stmt.value.kind)


def seed_for(place: Expr, value: Expr) -> Expr:
    """The cotangent of what was stored: summed where storing broadcast it."""
    if not isinstance(place.kind, Array):
        return place
    if isinstance(value.kind, Array) and covers(value.kind, place.kind) and None not in value.kind.dims:
        return place
    if not isinstance(value.kind, Array):
        return Apply(np.sum, (place,), (), Scalar(place.kind.dtype, False))
    kind = replace(value.kind, dtype=place.kind.dtype) if place.kind.dtype[0] == "c" else value.kind
    return Apply(helpers.unbroadcast, (place, value), (), kind)
