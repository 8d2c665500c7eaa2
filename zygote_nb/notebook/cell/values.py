"""Which of the notebook's variables can have a gradient, and who else reads them."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType
from typing import Any

import numpy as np

from zygote_nb.frontend.layout import is_users_class

__all__ = ["global_readers", "holds_object", "is_float", "is_object", "linked", "parts", "updated"]


def is_float(value: Any, around: frozenset[int] = frozenset()) -> bool:
    """A float or complex number or array, or a container with one in it.

    So are objects of the user's own classes, if they hold nothing but numbers, arrays, texts, functions and the like.

    >>> is_float([1, {"W": np.zeros(3)}]), is_float(3), is_float("x")
    (True, False, False)
    """
    if isinstance(value, float | complex | np.inexact):
        return True
    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.inexact))
    held = parts(value)
    if id(value) in around or not held:
        return False
    inside = around | {id(value)}
    return any(is_float(part, inside) for part in held) and (not is_object(value) or _is_plain(value, around))


def is_object(value: Any) -> bool:
    """An object of a class of the notebook's or of the user's modules."""
    return is_users_class(type(value)) and hasattr(value, "__dict__") and not isinstance(value, tuple)


def holds_object(value: Any) -> bool:
    """Whether a value is such an object, or a list, tuple or dict of them."""
    return is_object(value) or (isinstance(value, list | tuple | dict) and any(map(holds_object, parts(value))))


def parts(value: Any) -> list[Any]:
    """What a container or an object holds; of entries that are numbers or texts, one of each type."""
    match value:
        case list() | tuple():
            held: Any = value
        case dict():
            held = value.values()
        case _:
            held = vars(value).values() if is_object(value) else ()
    types = set(map(type, held))
    alike = {t for t in types if issubclass(t, _SIMPLE)}
    if alike == types:
        return [next(v for v in held if type(v) is t) for t in types]
    return list(held)


_SIMPLE = (bool, int, float, complex, str, bytes, np.generic, type(None))


def _is_plain(value: Any, around: frozenset[int]) -> bool:
    """Whether a value can be taken apart to the last: there is nothing in it that a gradient call would refuse."""
    if id(value) in around or value is None or isinstance(value, bool | int | float | complex | str | np.generic):
        return True
    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and value.dtype.kind in "biufc"
    if isinstance(value, list | tuple | dict) or is_object(value):
        return all(_is_plain(part, around | {id(value)}) for part in parts(value))
    return isinstance(value, FunctionType | type | np.ufunc | BuiltinFunctionType)


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
            for read in sorted(_globals_of(fn.__code__)):
                readers.setdefault(read, fn.__name__)
                waiting.append(read)
    return readers


def updated(old: Any, new: Any, known: dict[int, Any] | None = None) -> Any:
    """The object `old` with the contents of `new` where it can hold them, so that others who hold it see the change.

    `known` is told which object of the notebook stands for each of those that were returned.

    >>> x = np.zeros(2)
    >>> updated(x, np.ones(2)) is x, x
    (True, array([1., 1.]))
    """
    known = {} if known is None else known
    if new is old or id(new) in known:
        return known.get(id(new), new)
    match old, new:
        case np.ndarray(), np.ndarray() if old.shape == new.shape and old.dtype == new.dtype:
            if old.flags.writeable:
                np.copyto(old, new)
            return old
        case list(), list():
            known[id(new)] = old
            old[:] = [*(updated(o, n, known) for o, n in zip(old, new, strict=False)), *new[len(old) :]]
            return old
        case dict(), dict():
            known[id(new)] = old
            contents = {key: updated(old[key], value, known) if key in old else value for key, value in new.items()}
            old.clear()
            old.update(contents)
            return old
        case tuple(), tuple() if len(old) == len(new) and type(old) is type(new) is tuple:
            return tuple(updated(o, n, known) for o, n in zip(old, new, strict=True))
        case _ if is_object(old) and type(old) is type(new):
            known[id(new)] = old
            before, after = vars(old), vars(new)
            contents = {k: updated(before[k], v, known) if k in before else v for k, v in after.items()}
            before.clear()
            before.update(contents)
            return old
        case _:
            return new


def linked(new: Any, known: Mapping[int, Any]) -> Any:
    """A value that was returned, with the notebook's own objects in the place of those that stand for them."""
    if id(new) in known:
        return known[id(new)]
    match new:
        case list():
            new[:] = [linked(v, known) for v in new]
        case dict():
            new.update({k: linked(v, known) for k, v in new.items()})
        case tuple() if type(new) is tuple:
            return tuple(linked(v, known) for v in new)
    return new


_ADDING = frozenset({"append", "extend", "insert"})  # a list that is only added to tells the function nothing


def _globals_of(code: CodeType) -> set[str]:
    instructions = list(dis.get_instructions(code))
    following = [(i.opname, i.argval) for i in instructions[1:]] + [("", "")]
    own = {
        i.argval
        for i, (how, what) in zip(instructions, following, strict=True)
        if i.opname in ("LOAD_GLOBAL", "LOAD_NAME") and not (how in ("LOAD_METHOD", "LOAD_ATTR") and what in _ADDING)
    }
    return own.union(*(_globals_of(inner) for inner in code.co_consts if isinstance(inner, CodeType)))
