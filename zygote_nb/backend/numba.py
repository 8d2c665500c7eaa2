"""The Numba backend: the lowered text, compiled."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from zygote_nb.backend import cache
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
    text += unit_seed(module)
    filename = f"<zygote_nb {module.name} {digest(text)}>"
    names = {name: compiled_form(value) for name, value in namespace.items()}
    path = cache.place(text, digest(text + cache.environment())) if cacheable(namespace) else None
    if path is None:
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        scope: dict[str, Any] = {**names, "__name__": "zygote_nb.generated"}
        exec(compile(text, filename, "exec"), scope)
    else:
        scope = cache.load(path, names).__dict__
    dispatchers = {}
    for name in (*(f.name for f in module.functions), "gradient"):
        dispatchers[name] = numba.njit(error_model="numpy", boundscheck=True, cache=path is not None)(scope[name])
        scope[name] = dispatchers[name]
    return Compiled(dispatchers[module.name], dispatchers)


def unit_seed(module: Module) -> str:
    """The gradient with the seed one, which a call of a scalar function needs."""
    last = module.functions[-1]
    params = ", ".join(last.params[: last.arguments])
    call = ", ".join([*last.params[: last.arguments], *["1.0"] * last.seeds, *last.params[last.arguments + last.seeds :]])
    given = ", ".join([*last.params[: last.arguments], *last.params[last.arguments + last.seeds :]])
    del params
    return f"\n\ndef gradient({given}):\n    return {last.name}({call})\n"


def cacheable(namespace: dict[str, Any]) -> bool:
    """Whether all that the text names is found again by another process: modules, and the package's own functions."""
    from zygote_nb.options import current

    own = ("zygote_nb.", "numpy", "math", "builtins")
    return current().cache and all(
        isinstance(v, ModuleType) or getattr(v, "__module__", "").startswith(own) for v in namespace.values()
    )


_forms: dict[Any, Any] = {}


def compiled_form(value: Any) -> Any:
    """A function of the runtime as Numba calls it: those of ``checked`` are compiled, the others are overloaded."""
    import numba

    if not isinstance(value, FunctionType) or value.__module__ != checked.__name__:
        return value
    if value not in _forms:
        _forms[value] = numba.njit(error_model="numpy")(value)
    return _forms[value]


def first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("Failed in")), "Numba refuses the code")


def llvm(module: Module, args: tuple[Any, ...]) -> str:
    """LLVM IR of the function compiled for the arguments, with the seed one.

    A function of numbers that returns a number is shown as such, without Numba's way of passing results and errors.
    """
    import numba

    made = compiled(module)
    made.compile((*args, *[1.0] * module.functions[-1].seeds))
    dispatcher = made.dispatchers["gradient"]
    signature = tuple(numba.typeof(a) for a in args)
    dispatcher.compile(signature)
    result = dispatcher.overloads[signature].signature.return_type
    if all(isinstance(t, numba.types.Number) for t in (*signature, result)):
        plain = numba.cfunc(result(*signature), error_model="numpy")(dispatcher.py_func)
        text: str = plain.inspect_llvm()
        return text
    text = dispatcher.inspect_llvm(signature)
    return text
