"""The Numba backend: the same text, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core import errors, types
from numba.core.registry import CPUDispatcher

from zygote_nb.backend.module import Module
from zygote_nb.runtime import compiled as overloads


class Unsupported(Exception):
    """Numba can't compile the text."""


def compiled(module: Module) -> Callable[..., Any]:
    """The compiled function; it compiles at its first call for the types of the arguments."""
    if module.compiled is None:
        module.compiled = make(module)
    return module.compiled


def make(module: Module) -> Callable[..., Any]:
    import linecache

    linecache.cache[module.filename] = (len(module.source), None, module.source.splitlines(True), module.filename)
    scope: dict[str, Any] = {**module.namespace, "__name__": "zygote_nb.generated"}
    exec(compile(module.source, module.filename, "exec"), scope)
    for f in module.functions:
        scope[f.name] = numba.njit(error_model="numpy", boundscheck=True)(scope[f.name])
    return Checked(scope[module.name])


class Checked:
    """Compiles for the arguments' types before the first run, so that failures of typing are told from exceptions."""

    def __init__(self, dispatcher: CPUDispatcher) -> None:
        self.dispatcher = dispatcher
        self.types: set[Any] = set()

    def __call__(self, *args: Any) -> Any:
        return self.dispatcher(*args)

    def prepare(self, args: tuple[Any, ...]) -> None:
        try:
            self.dispatcher.compile(tuple(numba.typeof(a) for a in args))
        except errors.NumbaError as error:
            raise Unsupported(first_line(error)) from None


def first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("Failed in")), "Numba refuses the code")


__all__ = ["Unsupported", "compiled", "overloads", "types"]
