"""Running a function again as if it had not run: random states, what it captures, and its output are put back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.driver.values import entries
from zygote_nb.frontend.layout import is_library_name, is_users_class


@contextmanager
def as_before(function: Any) -> Iterator[None]:
    """What runs inside prints nothing; random states and what the function captures are as before at the end."""
    held = [saved(value) for value in captured(function, set())]
    old, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        random.setstate(old)
        np.random.set_state(legacy)  # noqa: NPY002
        for put_back in held:
            put_back()


def captured(function: Any, seen: set[int]) -> Iterator[Any]:
    """What a function and those that it calls read from outside: objects of globals, cells, and their attributes."""
    if isinstance(function, MethodType):
        yield function.__self__
        function = function.__func__
    function = getattr(function, "__wrapped__", getattr(function, "py_func", function))
    if not isinstance(function, FunctionType) or id(function) in seen or is_library_name(function.__module__ or ""):
        return
    seen.add(id(function))
    cells = [c.cell_contents for c in function.__closure__ or () if has_value(c)]
    names = (n for n in function.__code__.co_names if n in function.__globals__)
    for value in (*cells, *(function.__globals__[n] for n in names), *(function.__defaults__ or ())):
        if (callable(value) and not hasattr(value, "__dict__")) or isinstance(value, (ModuleType, type)):
            continue
        if isinstance(value, (FunctionType, MethodType)) or hasattr(value, "py_func"):
            yield from captured(value, seen)
        else:
            yield value


def has_value(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def saved(value: Any, depth: int = 8) -> Callable[[], None]:
    """A function that gives the value back what it holds now."""
    parts: list[Callable[[], None]] = []
    match value:
        case np.ndarray() if value.flags.writeable:
            numbers = value.copy()
            return lambda: np.copyto(value, numbers)
        case np.random.Generator():
            state = value.bit_generator.state
            return lambda: setattr(value.bit_generator, "state", state)
        case random.Random() | np.random.RandomState():
            read, write = ("getstate", "setstate") if isinstance(value, random.Random) else ("get_state", "set_state")
            before = getattr(value, read)()
            return lambda: getattr(value, write)(before)
        case list() | dict():
            content: Any = value.copy()
            inside = list(content.values() if isinstance(value, dict) else content)

            def refill() -> None:
                value.clear()
                (value.update if isinstance(value, dict) else value.extend)(content)

            parts = [refill]
        case tuple():
            inside = list(value)
        case MethodType() | partial():
            inside = [part for _, part in entries(value)]
        case _ if is_users_class(type(value)):
            attributes = dict(entries(value))
            inside = list(attributes.values())
            parts = [lambda: put_attributes(value, attributes)]
        case _:
            inside = []
    parts += [saved(v, depth - 1) for v in inside] if depth else []
    return lambda: run_all(parts)


def put_attributes(value: Any, attributes: dict[str, Any]) -> None:
    for name in [n for n, _ in entries(value) if n not in attributes]:
        object.__delattr__(value, name)
    for name, part in attributes.items():
        object.__setattr__(value, name, part)


def run_all(parts: list[Callable[[], None]]) -> None:
    for part in parts:
        part()
