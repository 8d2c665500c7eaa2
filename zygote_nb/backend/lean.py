"""What Numba makes beside the code of a program, left out: it takes longer than the code."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.cpu import CPUContext
from numba.core.lowering import Lower
from numba.np import arrayobj, linalg

from zygote_nb.backend import machine
from zygote_nb.runtime.compiled.registration import overload

LATER = ".numba.unresolved$"
"""How Numba calls a pointer to a function that is not compiled yet."""


def differing_shapes(src_shapes: Any, index_shape: Any) -> None:
    """Raises, in compiled code. The message that Numba puts together is read by nobody: the interpreter takes over."""


@overload(differing_shapes)
def _differing_shapes(src_shapes: Any, index_shape: Any) -> Any:
    def implementation(src_shapes, index_shape):  # type: ignore[no-untyped-def]
        raise ValueError("what is stored has another shape")

    return implementation


@contextmanager
def with_short_messages() -> Iterator[None]:
    """To be entered where Numba's lock for compilation is held: others compile with the messages that they know."""
    before = arrayobj.raise_with_shape_context
    arrayobj.raise_with_shape_context = differing_shapes
    try:
        yield
    finally:
        arrayobj.raise_with_shape_context = before


_finished = WeakValueDictionary[str, Any]()
"""Libraries of functions of generated code, by the names of these."""


def with_own_calls(library: Any) -> None:
    """Functions that call each other do so directly, where Numba goes through a pointer that is set in this process."""
    module = library._final_module
    while names := [n for n in unresolved(module) if n in defined(module) or n in _finished]:
        name = names[0]
        module.link_in(machine.parsed(f'declare void @"{name}"()\n@"{LATER}{name}" = constant ptr @"{name}"\n'))
        pointer = module.get_global_variable(f"{LATER}{name}")
        pointer.linkage, pointer.name = "internal", f"zygote_nb.{name}"
        if name not in defined(module):
            module.link_in(_finished[name]._get_module_for_linking(), preserve=True)
    _finished.update(dict.fromkeys(defined(module).difference(_finished), library))


def defined(module: Any) -> set[str]:
    return {f.name for f in module.functions if not f.is_declaration}


def unresolved(module: Any) -> list[str]:
    return [v.name.removeprefix(LATER) for v in module.global_variables if v.name.startswith(LATER)]


def for_good() -> None:
    """In a process that runs nothing of what it compiles: code for the processor is made where somebody asks for it."""
    arrayobj.raise_with_shape_context = differing_shapes
    Lower.create_cfunc_wrapper = Lower.create_cpython_wrapper = lambda *_: None
    CPUContext.get_executable = not_executable
    without_importing_scipy()
    place, address = JITCodeLibrary._finalize_final_module, JITCodeLibrary.get_pointer_to_function
    placed = WeakSet[Any]()

    def finalized(library: Any) -> None:
        library._finalize_dynamic_globals()
        library._verify_declare_only_symbols()
        library._finalized = True

    def asked(library: Any, name: str) -> Any:
        library._ensure_finalized()
        if library not in placed:
            placed.add(library)
            place(library)
        return address(library, name)

    JITCodeLibrary._finalize_final_module, JITCodeLibrary.get_pointer_to_function = finalized, asked


MADE = CPUContext.get_executable, Lower.create_cfunc_wrapper, JITCodeLibrary._finalize_final_module
"""How Numba makes code for the processor,"""
ADDRESS = JITCodeLibrary.get_pointer_to_function
"""and where it is."""
_waiting = WeakSet[Any]()
"""Libraries that have none yet."""


@contextmanager
def with_code(wanted: bool) -> Iterator[None]:
    """Whether what is compiled here has code for the processor of its own; callers have theirs with it in it anyway.

    To be entered where Numba's lock for compilation is held.
    """
    if is_for_good():
        yield
        return
    before = CPUContext.get_executable, Lower.create_cfunc_wrapper, JITCodeLibrary._finalize_final_module
    made = MADE if wanted else (not_executable, lambda *_: None, finalized_later)
    CPUContext.get_executable, Lower.create_cfunc_wrapper, JITCodeLibrary._finalize_final_module = made
    try:
        yield
    finally:
        CPUContext.get_executable, Lower.create_cfunc_wrapper, JITCodeLibrary._finalize_final_module = before


def finalized_later(library: Any) -> None:
    library._finalize_dynamic_globals()
    library._verify_declare_only_symbols()
    library._finalized = True
    _waiting.add(library)


def place(result: Any) -> None:
    """Make code for the processor of what was compiled without, and give it what it looks up in this process."""
    if result.library in _waiting:
        _waiting.discard(result.library)
        MADE[-1](result.library)
        result.library.codegen.set_env(result.fndesc.env_name, result.environment)


def is_for_good() -> bool:
    """Whether this is such a process."""
    return JITCodeLibrary.get_pointer_to_function is not ADDRESS


def without_importing_scipy() -> None:
    """Numba asks whether SciPy is there by importing it. Where it is, code for linear algebra will ask again."""
    if find_spec("scipy") is not None:
        ensure, linalg.ensure_blas = linalg.ensure_blas, lambda: None
        try:
            import_module("numba.np.arraymath")
        finally:
            linalg.ensure_blas = ensure


def not_executable(context: Any, library: Any, description: Any, environment: Any) -> Any:
    """What stands for a compiled function: it raises MemoryError."""
    library._ensure_finalized()
    address = ctypes.cast(ctypes.pythonapi.PyErr_NoMemory, ctypes.c_void_p).value
    name = description.qualname.split(".")[-1]
    return _dynfunc.make_function(description.lookup_module(), name, "", address, environment, (library,))
