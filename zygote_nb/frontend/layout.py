"""What is seen of a value before any source is read: part of the program or data, an object or not, its keys.

The driver compares these at each call with what a derivative was made for, and needs nothing else of the frontend.
"""

from __future__ import annotations

import enum
import functools
import sys
import sysconfig
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
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
    if isinstance(value, enum.Enum) and type(value.value) in (int, float, str):
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


BUILTIN = (tuple, list, dict, float, int, complex)
UNCHANGING = {
    "__init__", "__init_subclass__", "__repr__", "__str__", "__format__", "__hash__", "__doc__", "__dir__", "__class__",
    "__getnewargs__", "__reduce__", "__reduce_ex__", "__getstate__", "__class_getitem__", "__sizeof__", "__module__",
}  # fmt: skip
BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift",
    "divmod",
)  # fmt: skip
OTHERS = ("lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "invert", "abs", "float", "int")
OPERATORS = {f"__{word}__" for word in (*(p + b for b in BINARY for p in ("", "r", "i")), *OTHERS)}


@functools.lru_cache(maxsize=1000)
def changed_builtin(cls: type) -> str | None:
    """A method of a builtin class that a subclass has of its own and that isn't called for it; None if there is none.

    Operators of named tuples are called.
    """
    builtin = next((b for b in BUILTIN if issubclass(cls, b)), None)
    if builtin is None or cls is builtin or cls is bool or issubclass(cls, enum.Enum):
        return None
    called = OPERATORS if hasattr(cls, "_fields") else set()
    for base in cls.__mro__[: cls.__mro__.index(builtin)]:
        for name in vars(base):
            made = name == "__new__" and "_fields" in vars(base)
            if name in dir(builtin) and name not in UNCHANGING | called and not made:
                return name
    return None


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
    # A person's own packages, or those of an environment that this one builds on, lie elsewhere.
    installed = any(f"/{name}/" in file.replace("\\", "/") for name in ("site-packages", "dist-packages"))
    return installed or any(file.startswith(place + "/") for place in places if place)
