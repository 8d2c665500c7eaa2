"""Free variables: where a value that a function takes from its surroundings is read, anew at every call."""

from __future__ import annotations

from types import FunctionType
from typing import Any

Path = tuple[tuple[str, Any], ...]
"""Steps from the differentiated function to a value: ``("global", name)``, ``("cell", index)``,
``("attribute", name)``.

``("constant", value)`` starts at a value that came by another way, such as a function that is an argument;
``("lacks", name)`` and ``("question", q)`` end with what is true of a scope, or of an object.
"""


def step(path: Path, function: FunctionType, name: str) -> Path | None:
    """The path to a free variable of the function that ``path`` leads to; None if it is a builtin or undefined."""
    if name in function.__code__.co_freevars:
        return (*path, ("cell", function.__code__.co_freevars.index(name)))
    if name in function.__globals__:
        return (*path, ("global", name))
    return None


def read(path: Path, function: Any, args: tuple[Any, ...] = ()) -> Any:
    """The value at the end of the path, now."""
    value: Any = function
    for how, what in path:
        match how:
            case "argument":
                value = args[what]
            case "global":
                value = plain(value).__globals__[what]
            case "cell":
                value = plain(value).__closure__[what].cell_contents
            case "attribute":
                value = getattr(value, what)
            case "item":
                value = value[what]
            case "globals":
                value = plain(value).__globals__
            case "cell itself":
                value = plain(value).__closure__[what]
            case "column" | "question":
                value = what.of(value)
            case "lacks":
                value = what not in value
            case "constant":
                value = what
    return value


def spelled(path: Path) -> str:
    """The path as a person would write it, from the last global on; empty if it can't be written.

    >>> spelled((("global", "loss"), ("global", "model"), ("attribute", "layers"), ("item", 0), ("attribute", "W")))
    'model.layers[0].W'
    """
    text = ""
    for how, what in path:
        match how:
            case "global":
                text = what
            case "attribute" if text:
                text += f".{what}"
            case "item" if text:
                text += f"[{what!r}]"
            case _:
                text = ""
    return text


def plain(function: Any) -> Any:
    """The Python function inside a Numba dispatcher or a bound method."""
    function = getattr(function, "py_func", function)
    return getattr(function, "__func__", function)


def state_of(function: Any) -> tuple[Any, ...]:
    """What a function object holds that may be exchanged under it: its code, and the defaults of its parameters."""
    function = plain(function)
    if not isinstance(function, FunctionType):
        return ()
    return function.__code__, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()


def same_function(a: Any, b: Any) -> bool:
    """Whether two values are one function: the same object, or two closures made by the same ``def``."""
    if a is b:
        return True
    a, b = plain(a), plain(b)
    if not isinstance(a, FunctionType) or not isinstance(b, FunctionType):
        return False
    return a.__code__ is b.__code__ and a.__globals__ is b.__globals__
