"""Arguments: their kinds, their leaves, and gradients in their image."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from types import MethodType, SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.layout import changed_builtin, is_static, is_taken_apart
from zygote_nb.frontend.sparse import COMPRESSED
from zygote_nb.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    Array,
    Kind,
    ListOf,
    ObjectOf,
    Opaque,
    Outside,
    Scalar,
    Shared,
    Static,
    TupleOf,
    carries_tangent,
    join,
    leaves,
)


@dataclass(slots=True)
class KindReader:
    """Reads the kinds of the values of one call.

    Axes of equal length get equal labels; objects are numbered in the order in which they are met; ``given`` are the
    identities of those among the arguments.
    """

    labels: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    objects: list[Any] = field(default_factory=list)
    given: frozenset[int] = frozenset()
    of_arguments: bool = False

    def label(self, length: int) -> int:
        if length == 1:
            return 1
        return self.labels.setdefault(length, len(self.labels) + 2)

    def kind_of(self, value: Any) -> Kind:
        if self.of_arguments and is_compressed_matrix(value):
            return self.object(value)
        if type(value) not in PLAIN and changed_builtin(type(value)):
            raise changed(type(value))
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
                return TupleOf(tuple(map(self.kind_of, value)), type(value) if hasattr(value, "_fields") else tuple)
            case list():
                return self.list(value)
        if is_static(value):
            return Static(value)
        return self.object(value) if is_taken_apart(value) else Opaque(type(value).__name__)

    def argument(self, value: Any) -> Kind:
        """The kind of an argument; a sparse matrix in it is its entries."""
        self.of_arguments = True
        try:
            return self.kind_of(value)
        finally:
            self.of_arguments = False

    def array(self, value: np.ndarray[Any, Any]) -> Kind:
        if type(value) is not np.ndarray or value.dtype.kind not in "biufc":
            raise refused(value)
        return Array(str(value.dtype), tuple(map(self.label, value.shape)))

    def list(self, value: list[Any]) -> Kind:
        """A list of numbers is one piece of memory, as is a long one of arrays; any other is taken apart."""
        numbers = all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in value)
        if value and (numbers or is_long_list_of_arrays(value)):
            item: Kind | None = None
            for v in value:
                item = self.kind_of(v) if item is None else join(item, self.kind_of(v))
            return ListOf(item)
        return self.object(value)

    def object(self, value: Any) -> Kind:
        if id(value) in self.numbers:
            return Shared(self.numbers[id(value)])
        self.numbers[id(value)] = number = len(self.objects)
        self.objects.append(value)
        pairs = entries(value)
        return ObjectOf(type(value), tuple(k for k, _ in pairs), tuple(self.kind_of(v) for _, v in pairs), number)


PLAIN = {np.ndarray, float, int, bool, np.float64, np.complex128, tuple, list, dict}


def changed(cls: type) -> UnsupportedSyntaxError:
    what = f"{cls.__name__} changes what `{changed_builtin(cls)}` of its base class does"
    return UnsupportedSyntaxError(what, hint="write a class that holds the numbers as attributes")


def is_long_list_of_arrays(value: list[Any]) -> bool:
    return len(value) > 64 and all(isinstance(v, np.ndarray) for v in value) and len({v.ndim for v in value}) == 1


def entries(value: Any) -> list[tuple[Any, Any]]:
    """The entries of a dict or a list, the attributes of an object."""
    match value:
        case dict():
            return list(value.items())
        case list():
            return list(enumerate(value))
        case MethodType():
            return [("__func__", value.__func__), ("__self__", value.__self__)]
        case functools.partial():
            return [("func", value.func), ("args", value.args), ("keywords", value.keywords)]
    if is_compressed_matrix(value):
        return [(name, getattr(value, name)) for name in ("data", "indices", "indptr", "_shape")]
    found = dict(getattr(value, "__dict__", {}))
    for cls in reversed(type(value).__mro__):
        for name in as_tuple(vars(cls).get("__slots__", ())):
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return list(found.items())


def is_compressed_matrix(value: Any) -> bool:
    """Whether it is a real sparse matrix of compressed rows or columns."""
    cls = type(value)
    return cls.__name__ in COMPRESSED and cls.__module__.startswith("scipy.") and bool(value.dtype.kind == "f")


def as_tuple(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


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
        case Opaque(what=what) if what not in HANDED_ON:
            error = refused(value)
            raise UnsupportedSyntaxError(f"the argument `{name}` is a {type(value).__name__}", at=at, hint=error.hint)
        case TupleOf():
            for item_kind, item in zip(kind.items, value, strict=True):
                check(item_kind, item, name, at)


HANDED_ON = {"Generator", "RandomState", "Random", "set", "slice", "range"}


def flatten(kind: Kind, value: Any, out: list[Any]) -> None:
    """The leaves of a value that are data."""
    match kind:
        case TupleOf():
            for item_kind, item in zip(kind.items, value, strict=True):
                flatten(item_kind, item, out)
        case ObjectOf():
            for item_kind, (_, item) in zip(kind.items, entries(value), strict=True):
                flatten(item_kind, item, out)
        case Static() | Shared() | Outside():
            pass
        case Opaque(what="Generator" | "RandomState" | "Random"):
            out.append(copy.deepcopy(value))
        case _:
            out.append(value)


def mirror(kind: Kind, value: Any, gradients: Iterator[Any]) -> Any:
    """A gradient in the image of its argument; ``gradients`` gives one value for each leaf."""
    return Mirror(gradients).of(kind, value)


@dataclass(slots=True)
class Mirror:
    """Rebuilds arguments from gradients; an object met twice has one gradient."""

    gradients: Iterator[Any]
    made: dict[int, Any] = field(default_factory=dict)

    def of(self, kind: Kind, value: Any) -> Any:
        match kind:
            case TupleOf():
                return rebuilt(value, [self.of(k, v) for k, v in zip(kind.items, value, strict=True)])
            case ObjectOf():
                return self.object(kind, value)
            case Shared():
                return deep_copy(self.made.get(kind.ident))
            case Static() | Outside():
                return None
            case Opaque():
                next(self.gradients)
                return None
        return self.leaf(value, next(self.gradients))

    def leaf(self, value: Any, gradient: Any) -> Any:
        return fitted(value, gradient)

    def object(self, kind: ObjectOf, value: Any) -> Any:
        if kind.cls in (MethodType, functools.partial) and not any(map(carries_tangent, kind.items)):
            for item_kind, (_, item) in zip(kind.items, entries(value), strict=True):
                self.of(item_kind, item)
            return None
        if is_compressed_matrix(value):
            parts = [self.of(k, v) for k, (_, v) in zip(kind.items, entries(value), strict=True)]
            made = (parts[0], value.indices.copy(), value.indptr.copy())
            return type(value)(made, shape=value.shape)
        holder: Any = {} if isinstance(value, dict) else [] if isinstance(value, list) else SimpleNamespace()
        self.made[kind.ident] = holder
        for item_kind, (key, item) in zip(kind.items, entries(value), strict=True):
            part = self.of(item_kind, item)
            match holder:
                case dict():
                    holder[key] = part
                case list():
                    holder.append(part)
                case _:
                    setattr(holder, key, part)
        return holder


def holding(like: Any, parts: dict[Any, Any]) -> Any:
    """A dict, a list or a namespace that holds the parts, in the image of an object."""
    if isinstance(like, dict):
        return parts
    return list(parts.values()) if isinstance(like, list) else SimpleNamespace(**parts)


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
        case np.inexact():
            return type(value)(gradient)
        case complex():
            return complex(gradient)
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


def blank(cls: type) -> Any:
    """An object of a class, without attributes."""
    return SimpleNamespace() if cls is SimpleNamespace else object.__new__(cls)


def deep_copy(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A copy of a tree of arrays and objects, so that running a function on it leaves the original alone."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    match value:
        case np.ndarray():
            made: Any = value.copy(order="K")
            made.flags.writeable = value.flags.writeable
        case tuple():
            return rebuilt(value, [deep_copy(v, memo) for v in value])
        case list():
            made = memo[id(value)] = []
            made.extend(deep_copy(v, memo) for v in value)
        case dict():
            made = memo[id(value)] = type(value)()
            made.update({k: deep_copy(v, memo) for k, v in value.items()})
        case MethodType():
            return MethodType(value.__func__, deep_copy(value.__self__, memo))
        case functools.partial():
            return functools.partial(value.func, *deep_copy(value.args, memo), **deep_copy(value.keywords, memo))
        case np.random.Generator() | np.random.RandomState():
            made = copy.deepcopy(value)
        case _ if is_compressed_matrix(value):
            made = value.copy()
        case _ if is_taken_apart(value):
            made = memo[id(value)] = blank(type(value))
            for name, item in entries(value):
                object.__setattr__(made, name, deep_copy(item, memo))
        case _:
            return value
    memo[id(value)] = made
    return made


leaf_kinds = leaves
