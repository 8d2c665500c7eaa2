"""Which of the notebook's variables can have a gradient, and who else reads them."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

__all__ = ["global_readers", "is_float", "updated"]


def is_float(value: Any) -> bool:
    """A float or complex number or array, or a list, tuple or dict with one in it.

    >>> is_float([1, {"W": np.zeros(3)}]), is_float(3), is_float("x")
    (True, False, False)
    """
    match value:
        case float() | complex() | np.inexact():
            return True
        case np.ndarray():
            return bool(np.issubdtype(value.dtype, np.inexact))
        case list() | tuple():
            return any(map(is_float, value))
        case dict():
            return any(map(is_float, value.values()))
        case _:
            return False


def global_readers(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, str]:
    """Variables that the notebook's functions reached from `names` look up by themselves, and which function does."""
    readers: dict[str, str] = {}
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        fn = getattr(namespace.get(name), "py_func", namespace.get(name))
        if name in seen or not isinstance(fn, FunctionType):
            continue
        seen.add(name)
        if fn.__globals__ is namespace:
            for read in _globals_of(fn.__code__):
                readers.setdefault(read, fn.__name__)
                waiting.append(read)
    return readers


def updated(old: Any, new: Any) -> Any:
    """The object `old` with the contents of `new` where it can hold them, so that others who hold it see the change.

    >>> x = np.zeros(2)
    >>> updated(x, np.ones(2)) is x, x
    (True, array([1., 1.]))
    """
    if new is old:
        return old
    match old, new:
        case np.ndarray(), np.ndarray() if old.shape == new.shape and old.dtype == new.dtype:
            if old.flags.writeable:
                np.copyto(old, new)
            return old
        case list(), list():
            old[:] = [*map(updated, old, new), *new[len(old) :]]
            return old
        case dict(), dict():
            contents = {key: updated(old[key], value) if key in old else value for key, value in new.items()}
            old.clear()
            old.update(contents)
            return old
        case _:
            return new


def _globals_of(code: CodeType) -> set[str]:
    own = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(_globals_of(inner) for inner in code.co_consts if isinstance(inner, CodeType)))
