"""The Numba backend: text compiled for the types of arguments."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import FunctionType
from typing import Any

import numba
from numba.core import errors, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass
from numba.core.environment import lookup_environment
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

import zygote_nb.runtime.compiled
from zygote_nb.backend import elements, garbage, helpers, lean, machine, memory, once
from zygote_nb.backend.emit import IN_TURN, WITHIN
from zygote_nb.backend.fingerprint import digest
from zygote_nb.backend.machine import Code
from zygote_nb.backend.plan import GivenUp, Text
from zygote_nb.backend.signature import Signature
from zygote_nb.runtime import checked, handles, stacks, vmath
from zygote_nb.runtime.calling import Called
from zygote_nb.runtime.compiled import calling, extremes
from zygote_nb.runtime.compiled.chunks import Part
from zygote_nb.runtime.compiled.handles import into_handle, out_of_handle
from zygote_nb.runtime.compiled.registration import inside


def compiled(text: Text, signature: Signature, kept: bool = False) -> Any:
    """What Numba makes of the text for types; raises GivenUp. What it calls may be ``kept`` on the disk."""
    argument_types, held = tuple(map(numba_type, signature)), list[Any]()
    memory.is_there()  # what it warns of is not for Numba to silence
    lean.without_importing_scipy()
    dispatcher = made(text, into_handle(held), tape_type(text))
    try:
        with hastened(), warnings.catch_warnings(), helpers.kept() if kept else nullcontext():
            warnings.simplefilter("ignore")
            dispatcher.compile(argument_types)
    except errors.NumbaError as error:
        raise GivenUp(first_line(error)) from None
    except Exception as error:
        # Numba's own passes give up in many ways, and so do overloads that meet types they were not written for.
        given_up = GivenUp(f"Numba gives up: {str(error) or type(error).__name__}")
        given_up.lasting = not isinstance(error, RecursionError | MemoryError)
        raise given_up from None
    if held:
        _tapes[text.source, signature] = held[-1]
    return dispatcher.overloads[argument_types]


@contextmanager
def hastened() -> Iterator[None]:
    """Within it, Numba comes to the same machine code sooner."""
    with global_compiler_lock, garbage.left_alone(), once.only(), elements.directly():
        yield


_tapes: dict[tuple[str, Signature], Any] = {}


def tape_type(text: Text) -> Any:
    """The type of the tape that the text takes out of a handle: what the text before it put there."""
    if text.after is None:
        return None
    before, types = text.after
    if (before.source, types) not in _tapes:
        compiled(before, types)
    return _tapes[before.source, types]


def made(text: Text, keep: Any = None, tape: Any = None) -> Any:
    """The dispatcher of the entry. The functions before it are compiled when they are called.

    ``keep`` puts a tape into a handle, and one of the type ``tape`` is taken out.
    """
    filename = f"<zygote_nb {text.plan.name} {digest(text.source)}>"
    linecache.cache[filename] = (len(text.source), None, text.source.splitlines(True), filename)
    crossing = {handles.into_handle: keep, handles.out_of_handle: None if tape is None else out_of_handle(tape)}
    scope: dict[str, Any] = {name: compiled_form(value, crossing) for name, value in text.namespace.items()}
    # Numba tells functions apart by their module, and finds those that call themselves again if they have none.
    scope["__name__"] = None
    exec(compile(text.source, filename, "exec"), scope)
    for name in text.functions:
        apart = text.parts.get(name, text.apart and name == text.plan.name)
        pipeline = Apart if apart else Together
        called = {"no_cpython_wrapper": name != text.plan.name, "no_cfunc_wrapper": True}
        one = numba.njit(error_model="numpy", boundscheck=True, pipeline_class=pipeline, **called)(scope[name])
        scope[name] = Part(one) if name in text.parts else one
    return scope[text.plan.name]


IN_RANGE = re.compile(rf"# (\d+, )?({IN_TURN}, )?{WITHIN}$")
SHIFTED = re.compile(r"^\s*\w+\[[^\[\]]* [-+] [^\[\]]*\] [-+]= ")
"""What is added to a neighbour. In vectors, these would be read across the borders of what was just written; where
iterations wait for each other, there are none."""


def with_own_links(library: Any, is_called: bool) -> None:
    """Large arrays that the code makes are made in memory that is kept between calls; calls of itself are direct.

    What only compiled code calls is optimized where it is called: all that calls it takes it in.
    """
    optimize, is_there = library._optimize_final_module, memory.is_there()

    def optimized() -> None:
        module = library._final_module
        lean.with_own_calls(library)
        if is_there and any(f.name == memory.ASKED and f.is_declaration for f in module.functions):
            module.link_in(machine.parsed(memory.REDIRECTED))
            module.get_function(memory.ASKED).linkage = "internal"
        if not is_called:
            optimize()

    library._optimize_final_module = optimized


class Unchecked(Lower):  # type: ignore[misc]
    """Makes no checks of indices on lines that say that these are in range, and counts none from the end."""

    unsigned = False
    create_cpython_wrapper = Lower.create_cpython_wrapper

    def lower(self) -> None:
        super().lower()
        with_own_links(self.library, self.flags.no_cpython_wrapper)

    def lower_inst(self, inst: Any) -> None:
        line = linecache.getline(inst.loc.filename, inst.loc.line)
        self.context.enable_boundscheck = IN_RANGE.search(line) is None
        in_vectors = SHIFTED.match(line) is not None and f"{IN_TURN}, {WITHIN}" not in line
        self.unsigned = not self.context.enable_boundscheck and not in_vectors
        super().lower_inst(inst)

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        return super().lower_getitem(resty, expr, value, index, self.settled(signature))

    def lower_setitem(self, target: Any, index: Any, value: Any, signature: Any) -> Any:
        with lean.with_short_messages():
            return super().lower_setitem(target, index, value, self.settled(signature))

    def settled(self, signature: Any) -> Any:
        """The signature with indices without sign: Numba asks of each that has one whether it is below zero."""
        array, index, *others = signature.args
        if not self.unsigned or not isinstance(array, types.Array):
            return signature
        parts = elements.parts_of(index)
        if not all(isinstance(p, types.Integer) for p in parts):
            return signature
        plain = types.UniTuple(types.uint64, len(parts)) if isinstance(index, types.BaseTuple) else types.uint64
        return signature.replace(args=(array, plain, *others))


@register_pass(mutates_CFG=True, analysis_only=False)
class UncheckedLowering(BaseNativeLowering):  # type: ignore[misc]
    _name = "unchecked_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return Unchecked


class Together(CompilerBase):  # type: ignore[misc]
    """Compiles a function with checks of indices where these are needed."""

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = [(UncheckedLowering if p is NativeLowering else p, text) for p, text in pipeline.passes]
        pipeline.passes = passes
        pipeline.finalize()
        return [pipeline]


class Apart(Together):
    """The same for a function whose arrays are told to be apart: what is stored in one is read from no other."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return super().define_pipelines()


_forms: dict[Any, Any] = {}
COMPILED = {m.__name__ for m in (checked, stacks, vmath)}


def compiled_form(value: Any, crossing: dict[Any, Any]) -> Any:
    """A function of the runtime as Numba calls it: those of three modules are compiled, the others are overloaded."""
    if isinstance(value, FunctionType) and value in crossing:
        return crossing[value]
    if isinstance(value, Called):
        return calling.form(value)
    if not isinstance(value, FunctionType) or value.__module__ not in COMPILED:
        return value
    if value not in _forms and value.__module__ == vmath.__name__:
        _forms.update(vector_forms())
    if value not in _forms:
        _forms[value] = inside()(value)
    return _forms[value]


def vector_forms() -> dict[Any, Any]:
    """The functions of ``vmath``, which LLVM writes out where they are called."""
    scope = dict(vars(vmath))
    freedom = dict.fromkeys(vmath.PARTS, "contract") | dict.fromkeys(vmath.IN_ANY_ORDER, "reassoc")
    made = {
        f: inside(fastmath=set(freely.split()), forceinline=True)(FunctionType(f.__code__, scope, f.__name__))
        for f, freely in freedom.items()
    }
    made |= extremes.FORMS
    scope |= {f.__name__: form for f, form in made.items()}
    made |= {f: inside()(FunctionType(f.__code__, scope, f.__name__)) for f in vmath.EXTREMES.values()}
    return made


def numba_type(text: str) -> Any:
    """The type that a text of a signature stands for."""
    name, _, array = text.partition(" ")
    scalar = getattr(types, name)
    if not array:
        return scalar
    rank, layout = array.rstrip("CFAr"), array.lstrip("0123456789")
    return types.Array(scalar, int(rank), layout[0], readonly=layout.endswith("r"))


def function(result: Any) -> Callable[..., Any]:
    """The compiled function itself, which doesn't check the types of its arguments."""
    entry: Callable[..., Any] = result.entry_point
    return entry


def code(result: Any) -> Code | None:
    """Machine code that another process can load, or None if it is bound to this one."""
    library = result.library
    library.get_pointer_to_function(result.fndesc.llvm_cpython_wrapper_name)
    module = library._final_module
    found_later = any(v.name.startswith(".numba.unresolved") for v in module.global_variables)
    if library.has_dynamic_globals or result.lifted or result.reload_init or found_later:
        return None
    outside = [v.name for vs in (module.functions, module.global_variables) for v in vs if v.is_declaration]
    environments = {v.name: lookup_environment(v.name) for v in module.global_variables}
    return Code(
        library._get_compiled_object(),
        result.fndesc.llvm_cpython_wrapper_name,
        tuple(name for name in outside if not name.startswith("llvm.")),
        {name: tuple(e.consts) for name, e in environments.items() if e is not None},
        result.fndesc.env_name,
    )


def first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("Failed in")), "Numba refuses the code")


__all__ = ["code", "compiled", "function", "zygote_nb"]
