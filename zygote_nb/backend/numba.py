"""The Numba backend: the lowered text, compiled."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from zygote_nb.backend.emit import Printer, with_tags
from zygote_nb.backend.lowering import NotCompiled, lowered
from zygote_nb.backend.module import Module, digest
from zygote_nb.runtime import checked


class Unsupported(Exception):
    """Numba can't compile the program; the message says why."""


def text_for(module: Module) -> str:
    """The text that is compiled."""
    return printed(module)[0]


def printed(module: Module) -> tuple[str, dict[str, Any]]:
    printer = Printer()
    try:
        functions = [lowered(f) for f in module.functions]
    except NotCompiled as reason:
        raise Unsupported(str(reason)) from None
    for f in functions:
        origin = f.source.function.span.line if f.source is not None else 0
        printer.function(f.name, f.params, f.forward, f.backward, f.results, f.in_place, f.bundled, origin)
    return "\n".join(with_tags(printer.lines)) + "\n", printer.namespace


class Compiled:
    """A compiled gradient. Types are checked before the first run, to tell what can't be typed from what raises."""

    def __init__(self, dispatcher: Any, dispatchers: dict[str, Any]) -> None:
        self.dispatcher = dispatcher
        self.dispatchers = dispatchers
        self.seen: set[Any] = set()

    def __call__(self, *args: Any) -> Any:
        key = tuple(map(quick_type, args))
        if key not in self.seen:
            self.compile(args)
            self.seen.add(key)
        return self.dispatcher(*args)

    def compile(self, args: tuple[Any, ...]) -> Any:
        import numba
        from numba.core import errors

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                signature = tuple(numba.typeof(a) for a in args)
                self.dispatcher.compile(signature)
                return signature
        except errors.NumbaError as error:
            raise Unsupported(first_line(error)) from None
        except (ValueError, TypeError, NotImplementedError, KeyError, AssertionError) as error:
            # What Numba raises when a value has no type, or when its own passes give up.
            raise Unsupported(f"Numba gives up: {error}") from None


def quick_type(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        return value.dtype, value.ndim, value.flags.c_contiguous, value.flags.f_contiguous, value.flags.writeable
    return type(value)


def compiled(module: Module) -> Compiled:
    """The compiled function; it compiles at its first call for the types of the arguments."""
    if module.compiled is None:
        module.compiled = make(module)
    result: Compiled = module.compiled  # type: ignore[assignment]
    return result


def make(module: Module) -> Compiled:
    import numba

    import zygote_nb.runtime.compiled

    del zygote_nb
    text, namespace = printed(module)
    filename = f"<zygote_nb {module.name} {digest(text)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {name: compiled_form(value) for name, value in namespace.items()}
    scope["__name__"] = "zygote_nb.generated"
    exec(compile(text, filename, "exec"), scope)
    dispatchers = {}
    for f in module.functions:
        scope[f.name] = dispatchers[f.name] = numba.njit(error_model="numpy", boundscheck=True)(scope[f.name])
    return Compiled(scope[module.name], dispatchers)


_forms: dict[Any, Any] = {}


def compiled_form(value: Any) -> Any:
    """A function of the runtime as Numba calls it: those of ``checked`` are compiled, the others are overloaded."""
    import numba

    if not isinstance(value, FunctionType) or value.__module__ != checked.__name__:
        return value
    if value not in _forms:
        _forms[value] = numba.njit(error_model="numpy", inline="never")(inner_compiled(value))
    return _forms[value]


def inner_compiled(value: FunctionType) -> Callable[..., Any]:
    return value


def first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("Failed in")), "Numba refuses the code")


def llvm(module: Module, args: tuple[Any, ...]) -> str:
    """LLVM IR of the function compiled for the arguments."""
    made = compiled(module)
    signature = made.compile(args)
    text: str = made.dispatcher.inspect_llvm(signature)
    return text
