"""Sample values of a kind, what library functions make of them, and its kind read back."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zygote_nb.frontend.unsampled import class_of
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, ListOf, Opaque, Scalar, Static, TupleOf

SIZES = ((5, 7, 11, 13, 17, 19, 23, 29, 31, 37), (16, 14, 12, 10, 9, 8, 6, 4, 3, 2))
"""Lengths for the labels; what is longer in one is shorter in the other, for results that have the smaller of two."""


class Unknown(Exception):
    """The sample calls all failed: the kind of the result can't be told. Its text is why, where that says something."""


class LengthsDecide(Unknown):
    """How many axes the result has depends on lengths that are not known."""


class Held:
    """A constant compared by identity."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def run(fn: Any, args: tuple[Any, ...], kwargs: tuple[Any, ...], sizes: tuple[int, ...], unknown: int = 4) -> Any:
    for number in (0.5, 1.5, 2.0):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                values = [sample(a, sizes, number, unknown) for a in args]
                named = {k: sample(v, sizes, number, unknown) for k, v in kwargs}
                return apply(fn, values, named)
        except Exception as error:  # these sample values do not fit, or none does
            failed = error
    # A message with shapes would speak of the sample's, which nobody knows.
    raise Unknown(f"{type(failed).__name__}: {failed}" if isinstance(failed, TypeError | ArithmeticError) else "")


def apply(fn: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call a primitive, which may be an attribute or a method of its first argument."""
    match fn:
        case Attribute(name):
            return getattr(args[0], name)
        case Method(name):
            return getattr(args[0], name)(*args[1:], **kwargs)
    return fn(*args, **kwargs)


def sample(sketch: Any, sizes: tuple[int, ...], number: float, unknown: int) -> Any:
    """A value of the kind."""
    match sketch:
        case ("const", value, _):
            return value.value if isinstance(value, Held) else value
        case ("tuple", cls, items):
            values = [sample(i, sizes, number, unknown) for i in items]
            return values if cls is list else tuple(values)
        case ("slice", parts):
            return slice(*(sample(p, sizes, number, unknown) for p in parts))
        case ("kind", kind):
            return _sample_of(kind, sizes, number, unknown)
    raise Unknown


def _sample_of(kind: Kind, sizes: tuple[int, ...], number: float, unknown: int) -> Any:
    match kind:
        case Scalar():
            value = {"i": 2 if sizes is SIZES[0] else 3, "u": 2, "b": True, "c": 0.5 + 0.25j}.get(kind.dtype[0], number)
            if kind.dtype == "bool":
                value = sizes[0] % 2 == 1
            return value if kind.weak else np.dtype(kind.dtype).type(value)
        case Array():
            shape = tuple(_sample_length(d, sizes, unknown) for d in kind.dims)
            return _sample_array(kind.dtype, shape, number)
        case ListOf():
            # Of one length in one sample, of another in the other: how long a list is nobody knows.
            item = kind.item or Scalar("float64")
            return [_sample_of(item, sizes, number, unknown) for _ in range(5 if sizes == SIZES[1] else unknown)]
        case TupleOf():
            items = [_sample_of(i, sizes, number, unknown) for i in kind.items]
            return items if kind.cls is list else tuple(items)
        case Static():
            return kind.value
    raise Unknown


def _sample_length(label: Any, sizes: tuple[int, ...], unknown: int) -> int:
    if label == 1:
        return 1
    if len(set(sizes)) == 1:
        return unknown
    if isinstance(label, tuple):
        return max(sizes[(label[0] - 2) % len(sizes)] - label[1], 2)
    return unknown if label is None else sizes[(label - 2) % len(sizes)]


def _sample_array(dtype: str, shape: tuple[int, ...], number: float) -> Any:
    count = int(np.prod(shape))
    if dtype == "bool":
        return (np.arange(count) % 2 == 0).reshape(shape)
    if dtype[0] in "iu":
        return np.full(shape, int(number), dtype)
    ramp = number * (1 + 0.01 * np.arange(count)).reshape(shape)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        ramp = ramp * 0.01 + 5 * np.eye(shape[-1])
    return ramp.astype(dtype)


def describe(value: Any, sizes: tuple[int, ...]) -> Kind:
    """The kind of a sample result, its axis lengths read back as labels."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            raise Unknown
        return Array(str(value.dtype), tuple(_label(n, sizes) for n in value.shape))
    if isinstance(value, np.generic):
        return Scalar(str(value.dtype), False) if value.dtype.kind in "biufc" else Opaque()
    return _describe_python(value, sizes)


def _label(length: int, sizes: tuple[int, ...]) -> int | None:
    if length == 1:
        return 1
    return sizes.index(length) + 2 if length in sizes else None


def _describe_python(value: Any, sizes: tuple[int, ...]) -> Kind:
    match value:
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return Scalar("float64")
        case complex():
            return Scalar("complex128")
        case tuple() | list():
            return TupleOf(tuple(describe(v, sizes) for v in value), class_of(value))
        case None | np.dtype() | np.finfo() | np.iinfo():
            return Static(value)
    return Opaque(type(value).__name__)
