"""What is seen of a value before any source is read: part of the program or data, an object or not, its keys.

The driver compares these at each call with what a derivative was made for, and needs nothing else of the frontend.
"""

from __future__ import annotations

import functools
import sys
import sysconfig
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.frontend.free import Path, state_of
from zygote_nb.ir.kinds import Kind


@dataclass(frozen=True, slots=True)
class FreeVariable:
    """A value from outside the function that becomes a parameter; ``path`` says where it is read at each call."""

    path: Path
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function, module or other static value that the generated code was made for.

    ``state`` is what a function held then: `%autoreload` puts new code into old functions.
    """

    path: Path
    value: Any
    state: tuple[Any, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", state_of(self.value))


@dataclass(frozen=True, slots=True)
class Layout:
    """The class and the keys of an object that the generated code was made for."""

    cls: type
    keys: tuple[Any, ...] | int | None

    @staticmethod
    def of(value: Any) -> Layout:
        match value:
            case dict():
                return Layout(type(value), tuple(value))
            case list():
                return Layout(type(value), len(value))
        return Layout(type(value), None)


def is_static(value: Any) -> bool:
    """Whether a free variable or an argument is part of the program rather than data."""
    if value is None or isinstance(value, (str, bytes, ModuleType, type, np.dtype, np.ufunc, frozenset, FunctionType)):
        return True
    if isinstance(value, MethodType) and is_library_name(type(value.__self__).__module__):
        return True  # such as random.gauss
    return callable(value) and not is_users_class(type(value))


def is_taken_apart(value: Any) -> bool:
    """Whether a value is an object of which the entries are looked at one by one."""
    return type(value) is dict or (is_users_class(type(value)) and not isinstance(value, tuple))


@functools.lru_cache(maxsize=1000)
def is_users_class(cls: type) -> bool:
    """Whether objects of the class are taken apart: Python classes other than the standard library's and packages'."""
    if cls in (SimpleNamespace, MethodType, functools.partial):
        return True
    heap_type = 1 << 9
    if not cls.__flags__ & heap_type or issubclass(cls, (BaseException, type, ModuleType)):
        return False
    return not is_library_name(cls.__module__)


@functools.lru_cache(maxsize=1000)
def is_library_name(module: str) -> bool:
    """Whether a module is the standard library's or an installed package's."""
    top = module.split(".")[0]
    if top == "__main__":
        return False
    if top in sys.stdlib_module_names or top == "zygote_nb":
        return True
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    places = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
    return any(file.startswith(place + "/") for place in places if place)
