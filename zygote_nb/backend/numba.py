"""The Numba backend: the lowered text, compiled."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from zygote_nb.backend import cache
from zygote_nb.backend.emit import Printer, with_tags
from zygote_nb.backend.lowering import NotCompiled, lowered, without_allocations
from zygote_nb.backend.module import Module, digest
from zygote_nb.runtime import checked


class Unsupported(Exception):
    """Numba can't compile the program; the message says why."""


def text_for(module: Module) -> str:
    """The text that is compiled."""
    return printed(module)[0]


def printed(module: Module) -> tuple[str, dict[str, Any]]:
    """The text, and what it names. Arrays that the last function allocates are made by ``allocate``."""
    printer = Printer()
    try:
        functions = [lowered(f) for f in module.functions]
    except NotCompiled as reason:
        raise Unsupported(str(reason)) from None
    params = functions[-1].params
    functions[-1], allocated = without_allocations(functions[-1])
    for f in functions:
        origin = f.source.function.span.line if f.source is not None else 0
        printer.function(f.name, f.params, f.forward, f.backward, f.results, f.in_place, f.bundled, origin)
    text = "\n".join(with_tags(printer.lines)) + "\n"
    if allocated:
        made = ", ".join(printer.show(e) for e in allocated)
        text += f"\n\ndef allocate({', '.join(params)}):\n    return ({made},)\n"
    else:
        text += unit_seed(module)
    return text, printer.namespace


class Compiled:
    """A compiled gradient. Types are checked before the first run, to tell what can't be typed from what raises."""

    def __init__(
        self, dispatcher: Any, dispatchers: dict[str, Any], allocate: Callable[..., tuple[Any, ...]] | None
    ) -> None:
        self.dispatcher = dispatcher
        self.allocate = allocate
        self.dispatchers = dispatchers
        self.seen: set[Any] = set()

    def __call__(self, *args: Any) -> Any:
        if self.allocate is not None:
            args = (*args, *self.allocate(*args))
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


def make(module: Module, keep: bool = True) -> Compiled:
    """Compile the text; ``keep`` it on disk, from where Numba loads machine code that it can't show."""
    import numba

    import zygote_nb.runtime.compiled

    del zygote_nb
    text, namespace = printed(module)
    filename = f"<zygote_nb {module.name} {digest(text)}>"
    names = {name: compiled_form(value) for name, value in namespace.items()}
    path = cache.place(text, digest(text + cache.environment())) if keep and cacheable(namespace) else None
    if path is None:
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        scope: dict[str, Any] = {**names, "__name__": "zygote_nb.generated"}
        exec(compile(text, filename, "exec"), scope)
    else:
        scope = cache.load(path, names).__dict__
    dispatchers = {}
    compiled_names = [f.name for f in module.functions] + (["gradient"] if "gradient" in scope else [])
    for name in compiled_names:
        dispatchers[name] = numba.njit(error_model="numpy", boundscheck=True, cache=path is not None)(scope[name])
        scope[name] = dispatchers[name]
    return Compiled(dispatchers[module.name], dispatchers, scope.get("allocate"))


def unit_seed(module: Module) -> str:
    """The gradient with the seed one, which a call of a scalar function needs."""
    last = module.functions[-1]
    params = ", ".join(last.params[: last.arguments])
    call = ", ".join(
        [*last.params[: last.arguments], *["1.0"] * last.seeds, *last.params[last.arguments + last.seeds :]]
    )
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
    dispatcher, signature = compiled_for(module, args)
    text: str = dispatcher.inspect_llvm(signature)
    if is_plain(dispatcher, signature):
        mangled = dispatcher.overloads[signature].fndesc.mangled_name
        parsed, _ = as_plain_function(text, mangled, plain_name(module), len(args))
        return str(parsed.get_function(plain_name(module)))
    return text


def native(module: Module, args: tuple[Any, ...]) -> str:
    """Assembly of the function that :func:`llvm` shows, without directives."""
    dispatcher, signature = compiled_for(module, args)
    if not is_plain(dispatcher, signature):
        mangled = dispatcher.overloads[signature].fndesc.mangled_name
        return assembly_of(dispatcher.inspect_asm(signature), mangled)
    mangled = dispatcher.overloads[signature].fndesc.mangled_name
    parsed, machine = as_plain_function(dispatcher.inspect_llvm(signature), mangled, plain_name(module), len(args))
    return assembly_of(machine.emit_assembly(parsed), plain_name(module))


def plain_name(module: Module) -> str:
    return module.name.removesuffix("_adjoint") + "_gradient"


def compiled_for(module: Module, args: tuple[Any, ...]) -> tuple[Any, Any]:
    """The dispatcher whose code is shown, compiled anew (what came from the disk can't be inspected)."""
    import numba

    key = module.source, tuple(map(numba.typeof, args))
    if key not in _inspected:
        _inspected.clear()
        _inspected[key] = compiled_anew(module, args)
    return _inspected[key]


_inspected: dict[Any, tuple[Any, Any]] = {}


def compiled_anew(module: Module, args: tuple[Any, ...]) -> tuple[Any, Any]:
    import numba

    made = make(module, keep=False)
    seeded = (*args, *[1.0] * module.functions[-1].seeds)
    if "gradient" not in made.dispatchers:
        extra = made.allocate(*seeded) if made.allocate is not None else ()
        return made.dispatcher, made.compile((*seeded, *extra))
    made.compile(seeded)
    dispatcher = made.dispatchers["gradient"]
    signature = tuple(numba.typeof(a) for a in args)
    dispatcher.compile(signature)
    return dispatcher, signature


def is_plain(dispatcher: Any, signature: Any) -> bool:
    """Whether the function takes and returns numbers."""
    import numba

    result = dispatcher.overloads[signature].signature.return_type
    return all(isinstance(t, numba.types.Float) for t in (*signature, result))


def assembly_of(text: str, name: str) -> str:
    """The instructions and labels of one function."""
    lines = iter(text.splitlines())
    kept: list[str] = []
    for line in lines:
        if line.replace('"', "").startswith(f"{name}:"):
            kept.append(line)
            break
    for line in lines:
        if line.startswith(".Lfunc_end"):
            break
        if (line.strip() and not line.strip().startswith((".", "#"))) or line.startswith(".L"):
            kept.append(line.expandtabs(8).rstrip())
    return "\n".join(kept) + "\n"


def as_plain_function(text: str, mangled: str, name: str, arguments: int) -> tuple[Any, Any]:
    """A module that has the same function with numbers in and a number out, optimised by LLVM, and its machine."""
    import llvmlite.binding as binding

    lines = text.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("define") and f"@{mangled}(" in line.replace('"', ""):
            lines[i] = line.rsplit(")", 1)[0] + ") alwaysinline {"
    text = "\n".join(lines)
    given = ", ".join(f"double %x{i}" for i in range(arguments))
    text += f"""
define double @{name}({given}) {{
  %result = alloca double
  %error = alloca ptr
  %status = call i32 @"{mangled}"(ptr %result, ptr %error, {given})
  %value = load double, ptr %result
  ret double %value
}}
"""
    parsed = binding.parse_assembly(text)
    machine = binding.Target.from_default_triple().create_target_machine()
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(parsed, builder)
    return parsed, machine
