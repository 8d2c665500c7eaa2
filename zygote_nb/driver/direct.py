"""A function that has a rule of its own, differentiated directly: the function that is derived is a call of it."""

from __future__ import annotations

import inspect
import keyword
import linecache
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from types import FunctionType
from typing import Any

from zygote_nb.frontend.lowered import lowering_of
from zygote_nb.rules import library, registry
from zygote_nb.rules.variants import variants_of

_numbers = count(1)


def has_rule(f: Any) -> bool:
    """Whether a rule says how to differentiate ``f``, or that it is not; or it is lowered in a way of its own."""
    if not is_users(f):
        library.load()
    if lowering_of(f) is not None:
        return True
    return registry.lookup(f) is not None or registry.lookup_forward(f) is not None or bool(variants_of(f))


def is_users(f: Any) -> bool:
    """Whether it is a function of Python from outside the libraries that have built-in rules."""
    return type(f) is FunctionType and (f.__module__ or "").split(".")[0] not in ("numpy", "scipy", "operator")


def call_of(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[FunctionType, dict[str, Any]]:
    """A function of Python that calls ``f`` with such arguments, and the keyword arguments that it takes itself.

    Those that are settings, such as ``axis=0``, stand in it as literals.
    """
    settings = tuple((k, repr(v)) for k, v in kwargs.items() if is_setting(v))
    named = tuple(k for k, v in kwargs.items() if not is_setting(v))
    return written(f, len(args), named, settings), {k: kwargs[k] for k in named}


def is_setting(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(is_setting, value))
    return value is None or type(value) in (bool, int, str)


@lru_cache(maxsize=1024)
def written(f: Any, positional: int, named: tuple[str, ...], settings: tuple[tuple[str, str], ...]) -> FunctionType:
    params = list(parameters(f, positional, (*named, *(k for k, _ in settings))))
    name = name_in(f, {*params, *named})
    star = ["*"] if named else []
    given = [*params, *(f"{k}={k}" for k in named), *(f"{k}={text}" for k, text in settings)]
    text = f"def {name}({', '.join([*params, *star, *named])}):\n    return {name}({', '.join(given)})\n"
    filename = f"<zygote_nb call {next(_numbers)} of {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope: dict[str, Any] = {"__name__": getattr(f, "__module__", None) or __name__}
    exec(compile(text, filename, "exec"), scope)
    made: FunctionType = scope[name]
    scope[name] = f
    return made


def name_in(f: Any, taken: set[str]) -> str:
    """The function's name, or one like it."""
    name = str(getattr(f, "__name__", ""))
    name = name if is_name(name) else "function"
    while name in taken:
        name += "_"
    return name


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def parameters(f: Any, positional: int, named: tuple[str, ...]) -> Iterator[str]:
    """Names for positional arguments: those of the parameters as far as they are known."""
    try:
        found = inspect.signature(f, follow_wrapped=False).parameters.values()
    except (ValueError, TypeError):
        found = {}.values()
    known = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    taken = set(known) | set(named)
    for i in range(positional):
        name = known[i] if i < len(known) and is_name(known[i]) else f"x{i}"
        while i >= len(known) and name in taken:
            name += "_"
        yield name


__all__ = ["call_of", "has_rule"]
