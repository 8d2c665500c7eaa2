"""What a value is, as text that another process can compare: for the keys of what is kept on disk.

Two values with one fingerprint give one derivative. What has no such text raises :class:`Unstable`, and then nothing
is kept.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.dataclass import fields, is_dataclass

LIBRARIES = frozenset(("numpy", "scipy", "zygote_nb"))
PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


class Unstable(Exception):
    """Nothing that outlives this process says what the value is."""


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode(errors="surrogatepass")).hexdigest()[:32]


def fingerprint(value: Any) -> str:
    """The text of a number, string, module, function, type, or structure of these."""
    match value:
        case _ if isinstance(value, PLAIN):
            return f"{type(value).__name__} {value!r}"
        case tuple() | list():
            return f"{type(value).__name__}({', '.join(map(fingerprint, value))})"
        case frozenset():
            return f"frozenset({', '.join(sorted(map(fingerprint, value)))})"
        case np.dtype():
            return f"dtype {value.str} {value.descr}"
        case ModuleType():
            return f"module {value.__name__} {getattr(value, '__version__', '')}"
        case FunctionType():
            return of_function(value)
        case _ if isinstance(getattr(value, "py_func", None), FunctionType):
            return f"compiled {of_function(value.py_func)}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            parts = [f"{f.name}={fingerprint(getattr(value, f.name))}" for f in fields(value)]
            return f"{found_by_name(type(value))}({', '.join(parts)})"
    return found_by_name(value)


def found_by_name(value: Any) -> str:
    """A function or type of a library, which its name and the library's version describe."""
    name = getattr(value, "__qualname__", getattr(value, "__name__", None))
    for module in modules_of(value):
        top = module.split(".")[0]
        of_library = top in LIBRARIES or top in sys.stdlib_module_names
        if of_library and isinstance(name, str) and attribute(sys.modules.get(module), name) is value:
            return f"{module}.{name} {getattr(sys.modules.get(top), '__version__', '')}"
    raise Unstable(f"a {type(value).__name__}")


def modules_of(value: Any) -> tuple[str, ...]:
    if type(value).__module__ == "numpy" and type(value).__name__ == "ufunc":
        return "numpy", "scipy.special"
    module = getattr(value, "__module__", None)
    return (module,) if isinstance(module, str) else ()


def attribute(base: Any, name: str) -> Any:
    for part in name.split("."):
        base = getattr(base, part, None)
    return base


def of_function(function: FunctionType) -> str:
    """A function by what it does: byte code, source, and the defaults of its parameters."""
    defaults = (*(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items()))
    given = ", ".join(map(fingerprint, defaults))
    return f"function {function.__module__}.{function.__qualname__} {digest(*of_code(function.__code__), given)}"


def of_code(code: CodeType) -> Iterator[str]:
    """Byte code with all that it names, then the lines that it was compiled from."""
    yield from of_bytes(code)
    first, last = code.co_firstlineno, last_line(code)
    lines = linecache.getlines(code.co_filename)[first - 1 : last]
    if not lines:
        raise Unstable(f"{code.co_name} without source")
    yield "".join(lines)


def of_bytes(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr((code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags))
    yield repr((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from of_bytes(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def last_line(code: CodeType) -> int:
    ends = [end for _, end, _, _ in code.co_positions() if end is not None]
    inner = [last_line(c) for c in code.co_consts if isinstance(c, CodeType)]
    return max([code.co_firstlineno, *ends, *inner])


__all__ = ["Unstable", "digest", "fingerprint"]
