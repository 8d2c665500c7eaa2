"""Arguments: their kinds, their leaves, and gradients in their image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.program import is_static
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, Kind, ListOf, Opaque, Scalar, Static, TupleOf, join

FLAT_LIMIT = 64


@dataclass(slots=True)
class KindReader:
    """Reads the kinds of the values of one call: axes of equal length get equal labels."""

    labels: dict[int, int] = field(default_factory=dict)

    def label(self, length: int) -> int:
        if length == 1:
            return 1
        return self.labels.setdefault(length, len(self.labels) + 2)

    def kind_of(self, value: Any) -> Kind:
        match value:
            case np.ndarray():
                return self.array(value)
            case np.generic():
                return Scalar(str(value.dtype), False) if value.dtype.kind in "biufc" else Opaque(type(value).__name__)
            case bool():
                return BOOL
            case float():
                return FLOAT
            case int():
                return INT
            case complex():
                return Scalar("complex128")
            case tuple():
                return TupleOf(tuple(map(self.kind_of, value)), tuple)
            case list():
                return self.list(value)
        return Static(value) if is_static(value) else Opaque(type(value).__name__)

    def array(self, value: np.ndarray[Any, Any]) -> Kind:
        if type(value) is not np.ndarray or value.dtype.kind not in "biufc":
            raise refused(value)
        return Array(str(value.dtype), tuple(map(self.label, value.shape)))

    def list(self, value: list[Any]) -> Kind:
        """A list of numbers is one piece of memory; any other is taken apart."""
        if all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in value):
            item: Kind | None = None
            for v in value:
                item = self.kind_of(v) if item is None else join(item, self.kind_of(v))
            return ListOf(item)
        return TupleOf(tuple(map(self.kind_of, value)), list)


def refused(value: Any) -> UnsupportedSyntaxError:
    name = type(value).__name__
    if isinstance(value, np.ndarray):
        name = f"{value.dtype} array" if type(value) is np.ndarray else name
    hints = {
        "MaskedArray": "pass x.filled(value), or the data and the mask apart",
        "DataFrame": "pass df.to_numpy()",
        "Series": "pass series.to_numpy()",
        "matrix": "pass np.asarray(x)",
        "object array": "pass x.astype(float)",
    }
    return UnsupportedSyntaxError(
        f"an argument is a {name}", hint=hints.get(name, "pass numbers, arrays, tuples and lists of them")
    )


def check(kind: Kind, value: Any, name: str, at: Location) -> None:
    """Refuse what can't be an argument."""
    match kind:
        case Opaque():
            error = refused(value)
            error_what = f"the argument `{name}` is a {type(value).__name__}"
            raise UnsupportedSyntaxError(error_what, at=at, hint=error.hint)
        case Scalar() | Array() if kind.dtype[0] == "c":
            what = f"the argument `{name}` is complex"
            raise UnsupportedSyntaxError(
                what, at=at, hint="complex numbers are not differentiated yet: pass real and imaginary parts"
            )
        case TupleOf():
            for item_kind, item in zip(kind.items, value, strict=True):
                check(item_kind, item, name, at)


def flatten(kind: Kind, value: Any, out: list[Any]) -> None:
    """The leaves of a value that are data."""
    match kind:
        case TupleOf():
            for item_kind, item in zip(kind.items, value, strict=True):
                flatten(item_kind, item, out)
        case Static():
            pass
        case _:
            out.append(value)


def leaf_kinds(kind: Kind) -> list[Kind]:
    match kind:
        case TupleOf():
            return [leaf for item in kind.items for leaf in leaf_kinds(item)]
        case Static():
            return []
    return [kind]


def mirror(kind: Kind, value: Any, gradients: Iterator[Any]) -> Any:
    """A gradient in the image of its argument; ``gradients`` gives one value for each leaf."""
    match kind:
        case TupleOf():
            items = [mirror(k, v, gradients) for k, v in zip(kind.items, value, strict=True)]
            return rebuilt(value, items)
        case Static():
            return None
    return fitted(value, next(gradients))


def rebuilt(like: Any, items: list[Any]) -> Any:
    """A tuple, named tuple or list of the class of ``like``."""
    if isinstance(like, list):
        return items
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)


def fitted(value: Any, gradient: Any) -> Any:
    """A gradient with the dtype, the shape and the class of its argument."""
    if gradient is None:
        return None
    match value:
        case np.ndarray():
            dtype = value.dtype if value.dtype.kind in "fc" else np.dtype(np.float64)
            result = np.asarray(gradient)
            if result.shape != value.shape:
                result = np.array(np.broadcast_to(result, value.shape))
            return result if result.dtype == dtype else result.astype(dtype)
        case np.floating():
            return type(value)(gradient)
        case np.generic():
            return np.float64(gradient)
        case list():
            return [fitted(v, g) for v, g in zip(value, gradient, strict=True)]
    return float(gradient)


def overlapping(arrays: list[np.ndarray[Any, Any]]) -> tuple[int, int] | None:
    """Two arrays that share memory, by their positions."""
    for i, a in enumerate(arrays):
        for j in range(i + 1, len(arrays)):
            if np.may_share_memory(a, arrays[j]) and np.shares_memory(a, arrays[j]):
                return i, j
    return None


def deep_copy(value: Any) -> Any:
    """A copy of a tree of arrays, so that running a function on it leaves the original alone."""
    match value:
        case np.ndarray():
            return value.copy(order="K")
        case tuple() | list():
            return rebuilt(value, [deep_copy(v) for v in value])
    return value


__all__ = ["Callable", "KindReader", "check", "deep_copy", "flatten", "leaf_kinds", "mirror", "overlapping"]
