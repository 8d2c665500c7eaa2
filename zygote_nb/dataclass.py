"""Dataclasses like those of the standard library, which are made in a fraction of the time.

The standard library compiles six functions for each class, one by one. Two hundred classes are made before a first
gradient is there, which took a fifth of its time. Here only ``__init__`` is compiled; the other methods are the same
functions for all classes, or made of ``attrgetter``. What such a class offers and refuses is the same.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, field, fields, is_dataclass
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "fields", "is_dataclass", "replace"]

Values = Callable[[Any], tuple[Any, ...]]
_copied: dict[type, tuple[dict[str, int], Values]] = {}
"""The places of the fields that a class is made of, and what gives their values."""

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, repr=True, eq=True):
        """The class with the methods that ``dataclasses.dataclass`` gives it."""
        options = frozen, slots, repr, eq
        return made(cls, *options) if cls is not None else lambda cls: made(cls, *options)

    def replace(instance, /, **changes):
        """A copy of the instance with other values in some fields."""
        cls = instance.__class__
        if cls not in _copied:
            return dataclasses.replace(instance, **changes)
        places, values = _copied[cls]
        made = [*values(instance)]
        try:
            for name, value in changes.items():
                made[places[name]] = value
        except KeyError:
            return dataclasses.replace(instance, **changes)
        return cls(*made)


class Factory:
    """Stands in a signature for a default that is made anew."""

    def __repr__(self) -> str:
        return "<factory>"


FACTORY = Factory()


def made(cls: type, frozen: bool, slots: bool, repr: bool, eq: bool) -> type:
    cls.__doc__ = cls.__doc__ or cls.__name__
    new: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    own, found = vars(new), fields(new)
    if "__init__" not in own:
        new.__init__ = initializer(new, found, frozen, slots)
    if repr and "__repr__" not in own:
        new.__repr__ = written
    if eq:
        with_comparison(new, tuple(f.name for f in found if f.compare), frozen)
    if frozen:
        new.__setattr__, new.__delattr__ = refuse_to_assign, refuse_to_delete
        if slots:
            new.__getstate__, new.__setstate__ = state_of, with_state
    names = tuple(f.name for f in found if f.init)
    if not any(f.kw_only for f in found):
        _copied[new] = {name: place for place, name in enumerate(names)}, values_of(names)
    parameters = new.__dataclass_params__
    parameters.init, parameters.repr, parameters.eq, parameters.frozen = True, repr, eq, frozen
    return new  # type: ignore[no-any-return]


def initializer(cls: type, found: tuple[Field[Any], ...], frozen: bool, slots: bool) -> Callable[..., None]:
    """Compiled from its text, in the module of the class."""
    names: dict[str, Any] = {"_FACTORY": FACTORY, "_set": object.__setattr__}
    parameters, lines = ["self"], []
    for f in found:
        value = f.name
        if f.default is not MISSING:
            names[f"_default_{f.name}"] = f.default
            parameters.append(f"{f.name}=_default_{f.name}")
        elif f.default_factory is not MISSING:
            names[f"_make_{f.name}"] = f.default_factory
            parameters.append(f"{f.name}=_FACTORY")
            value = f"_make_{f.name}() if {f.name} is _FACTORY else {f.name}"
        else:
            parameters.append(f.name)
        if not f.init:
            parameters.pop()
            value = f"_default_{f.name}" if f.default is not MISSING else f"_make_{f.name}()"
            if f.default is f.default_factory is MISSING:
                continue
        if frozen and slots:
            names[f"_set_{f.name}"] = getattr(cls, f.name).__set__
            lines.append(f"_set_{f.name}(self, {value})")
        else:
            lines.append(f"_set(self, {f.name!r}, {value})" if frozen else f"self.{f.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n  ".join(lines or ["pass"])
    text = f"def make({', '.join(names)}):\n def __init__({', '.join(parameters)}):\n  {body}\n return __init__"
    scope: dict[str, Any] = {}
    exec(text, sys.modules[cls.__module__].__dict__, scope)
    function: Any = scope["make"](**names)
    function.__qualname__ = f"{cls.__qualname__}.__init__"
    function.__annotations__ = {f.name: f.type for f in found if f.init} | {"return": None}
    return function  # type: ignore[no-any-return]


def with_comparison(cls: Any, compared: tuple[str, ...], frozen: bool) -> None:
    """By a tuple of the fields that take part, as the standard library does."""
    own = vars(cls)
    values = values_of(compared)
    has_hash = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
    if "__eq__" not in own:
        cls.__eq__ = equality(values)
    if not has_hash:
        cls.__hash__ = (hashing_once if hasattr(cls, "found_hash") else hashing)(values) if frozen else None


def equality(values: Values) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def hashing(values: Values) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


def hashing_once(values: Values) -> Callable[[Any], int]:
    """For classes with a place for it; an expression is looked for in many tables, with all that is below it."""
    keep = object.__setattr__

    def hashed(self: Any) -> int:
        try:
            return self.found_hash  # type: ignore[no-any-return]
        except AttributeError:
            found = hash(values(self))
            keep(self, "found_hash", found)
            return found

    return hashed


def values_of(names: tuple[str, ...]) -> Values:
    """What gives the values of these fields as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda instance: ()
    name = names[0]
    get = attrgetter(name)
    return lambda instance: (get(instance),)


@recursive_repr()
def written(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({shown})"


def refuse_to_assign(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def state_of(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in fields(self)]


def with_state(self: Any, state: list[Any]) -> None:
    for f, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
