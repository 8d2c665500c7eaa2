"""Kinds: what is known of a value before the program runs.

A kind carries the dtype, whether a scalar is a Python number (weak, in NumPy's promotion) or a NumPy one, and for
each axis of an array a label: ``1`` for an axis of length one, equal integers above one for axes that are known to be
of equal length (and not of length one), pairs ``(label, k)`` for axes that are shorter by ``k`` than those of a label
(and may be of length one), ``None`` where nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zygote_nb.dataclass import dataclass, field

Dim = int | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number; ``weak`` if it is a Python number, ``None`` if it may be either."""

    dtype: str
    weak: bool | None = True


@dataclass(frozen=True, slots=True)
class Array:
    """A NumPy array of known rank."""

    dtype: str
    dims: tuple[Dim, ...]

    @property
    def ndim(self) -> int:
        return len(self.dims)


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple, or a list of fixed structure (``cls is list``), entry by entry."""

    items: tuple[Kind, ...]
    cls: type = tuple


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """A dict, a list of fixed structure, or an object: its class, and its entries or attributes one by one.

    ``ident`` numbers the objects of one group of values (the arguments of a call, its result) in the order in which
    they are met; a second way to the same object has the kind ``Shared``. ``note`` tells apart what class and keys
    don't: of a closure, the function.
    """

    cls: type
    keys: tuple[Any, ...]
    items: tuple[Kind, ...]
    ident: int = 0
    note: Any = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Another way to an object of the same group."""

    ident: int


@dataclass(frozen=True, slots=True)
class Outside:
    """An object that is reached from a global or a cell: known by the way to it, its parts are read when asked for."""

    ident: int
    cls: type = field(default=object, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """An object, while a function is lowered: what is known of it stands in the lowering's heap."""

    cls: type


@dataclass(frozen=True, slots=True)
class ListOf:
    """A growing list whose entries are of one kind; ``None`` while it is empty. ``place`` says where it was made.

    One with a ``limit`` loses an entry at the other end when it gets one too many.
    """

    item: Kind | None
    place: Any = field(default=None, compare=False)
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Static:
    """A value that is known when the code is generated: a function, a module, a string, ``None``."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and same_static(self.value, other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), id(self.value) if not is_plain(self.value) else self.value))


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that carries no derivative and is only handed on: a string, a slice, an unknown object."""

    what: str = "object"


@dataclass(frozen=True, slots=True)
class Bottom:
    """No value yet: the result of a call that is still being analysed."""


Kind = Scalar | Array | TupleOf | ObjectOf | Shared | Outside | Reference | ListOf | Static | Opaque | Bottom

FLOAT = Scalar("float64")
INT = Scalar("int64")
BOOL = Scalar("bool")
ABSENT = Static(None)
"""Of what stands in a variable of generated code before its value does."""


def is_plain(value: object) -> bool:
    return isinstance(value, (int, float, str, bytes, bool, complex, type(None), type(Ellipsis)))


def same_static(a: object, b: object) -> bool:
    return a is b or (is_plain(a) and type(a) is type(b) and a == b)


def is_float(kind: Kind) -> bool:
    """Whether values of this kind are inexact numbers."""
    return isinstance(kind, (Scalar, Array)) and kind.dtype[:5] in ("float", "compl")


def is_number(kind: Kind) -> bool:
    return isinstance(kind, (Scalar, Array)) and kind.dtype != "bool"


def is_memory(kind: Kind) -> bool:
    """Whether values of this kind can be changed in place."""
    return isinstance(kind, (Array, ListOf))


def is_list_of_numbers(kind: Kind) -> bool:
    """Whether values are lists of numbers of one kind."""
    return isinstance(kind, ListOf) and isinstance(kind.item, Scalar)


def carries_tangent(kind: Kind) -> bool:
    """Whether a gradient can pass through values of this kind."""
    if isinstance(kind, ListOf):
        return kind.item is None or carries_tangent(kind.item)
    if isinstance(kind, (TupleOf, ObjectOf)):
        return any(map(carries_tangent, kind.items))
    return is_number(kind)


def leaves(kind: Kind) -> list[Kind]:
    """The kinds of the data in a value, in order; what is static is no data."""
    match kind:
        case TupleOf() | ObjectOf():
            return [leaf for item in kind.items for leaf in leaves(item)]
        case Static() | Shared() | Outside():
            return []
    return [kind]


def parts_of(kind: Kind) -> Iterator[Kind]:
    """A kind, and the kinds of what is in it."""
    yield kind
    for item in getattr(kind, "items", ()):
        yield from parts_of(item)


def is_unknown_yet(kind: Kind) -> bool:
    """Whether a value, or one in it, is of a function whose result is not known yet: a recursion."""
    return any(isinstance(part, Bottom) for part in parts_of(kind))


def join(a: Kind, b: Kind, generated: bool = False) -> Kind | None:
    """The kind of a value that is of kind ``a`` on one path and ``b`` on another; None if there is no such kind.

    In ``generated`` code a value may be absent on a path that doesn't read it.
    """
    match a, b:
        case _ if a == b:
            return a
        case _ if generated and ABSENT in (a, b):
            return b if a == ABSENT else a
        case Bottom(), _:
            return b
        case _, Bottom():
            return a
        case Scalar(), Scalar():
            return Scalar(_wider_scalar(a, b), a.weak if a.weak == b.weak else None)
        case Array(), Array() if a.ndim == b.ndim:
            dims = tuple(p if p == q else None for p, q in zip(a.dims, b.dims, strict=True))
            return Array(_wider(a.dtype, b.dtype), dims)
        case ListOf(), ListOf() if generated or a.limit == b.limit:
            place, limit = a.place or b.place, None if generated else a.limit
            if a.item is None or b.item is None:
                return ListOf(a.item or b.item, place, limit)
            item = join(a.item, b.item, generated)
            return None if item is None else ListOf(item, place, limit)
        case TupleOf(), TupleOf() if len(a.items) == len(b.items) and a.cls is b.cls:
            items = [join(p, q, generated) for p, q in zip(a.items, b.items, strict=True)]
            return None if None in items else TupleOf(tuple(i for i in items if i is not None), a.cls)
        case ((Static() | Opaque()), (Static() | Opaque())) if _opaque(a) and _opaque(b):
            return Opaque()
    return None


def _wider_scalar(a: Scalar, b: Scalar) -> str:
    """The dtype of two numbers; one of Python's takes the precision of one of NumPy's."""
    if (a.weak is True) == (b.weak is True):
        return _wider(a.dtype, b.dtype)
    weak, strong = (a, b) if a.weak is True else (b, a)
    return _weakly_wider(weak.dtype, strong.dtype)


def _weakly_wider(weak: str, strong: str) -> str:
    import numpy as np

    return str(np.result_type(np.dtype(weak).type(0).item(), np.dtype(strong)))


def _opaque(kind: Kind) -> bool:
    return isinstance(kind, Opaque) or (isinstance(kind, Static) and isinstance(kind.value, (str, bytes)))


def _wider(a: str, b: str) -> str:
    import numpy as np

    return str(np.promote_types(a, b)) if a != b else a


class Given(tuple):  # type: ignore[type-arg]
    """The class of the pair that such a value is between functions."""

    __slots__ = ()


class Unchanged:
    """Stands for an entry that a call left as it was."""


class Whole:
    """Marks what became of an object outside that has no other entries any more."""


UNCHANGED = Static(Unchanged)
WHOLE = Whole


def describe(kind: Kind) -> str:
    """A kind in words, for messages."""
    match kind:
        case Scalar():
            return {"float64": "a float", "int64": "an int", "bool": "a bool"}.get(kind.dtype, f"a {kind.dtype} number")
        case Array():
            return f"a {kind.ndim}-d {kind.dtype} array"
        case TupleOf(cls=cls) if cls is Given:
            return f"{describe(kind.items[1])} or None"
        case TupleOf():
            return f"a {kind.cls.__name__} of {len(kind.items)}"
        case ListOf():
            return "a list"
        case Static(value=None):
            return "None"
        case Static():
            return f"the {type(kind.value).__name__} {getattr(kind.value, '__name__', kind.value)!r}"
        case Reference() | ObjectOf() | Outside():
            base = next((c for c in (dict, list, set) if issubclass(kind.cls, c)), None)
            return f"a {base.__name__}" if base is not None else f"a {kind.cls.__name__} object"
        case Opaque():
            return {"str": "a string"}.get(kind.what, f"a {kind.what} object" if kind.what != "object" else "an object")
        case Bottom():
            return "a value that is not known yet"
    return "a value of unknown kind"
