"""Machine code that Numba made, called without Numba.

Importing Numba takes longer than all that is left to do where the machine code is already there. It needs Numba's
extension modules (how arrays are passed, memory, exceptions), which are loaded by themselves, and LLVM's loader.
"""

from __future__ import annotations

import builtins
import ctypes
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from types import MappingProxyType, ModuleType
from typing import Any

from zygote_nb.backend import blas
from zygote_nb.dataclass import dataclass


class NotLoadable(Exception):
    """The machine code can't be used here; the message says why."""


@dataclass(frozen=True, slots=True)
class Code:
    """An object file with the name of its function, what it calls, and the constants of each environment in it."""

    object_file: bytes
    wrapper: str
    needs: tuple[str, ...]
    environments: dict[str, tuple[Any, ...]]
    environment: str


_lock = Lock()


Addresses = Mapping[str, Callable[[], int]]
"""Functions of machine code by their names, placed in memory when they are needed."""


def load(code: Code, others: Addresses = MappingProxyType({})) -> Callable[..., Any]:
    """The function, called with the types that it was compiled for and no others: they are not checked."""
    with _lock:
        return loaded(code, others)


def loaded(code: Code, others: Addresses) -> Callable[..., Any]:
    engine, address = placed(code, others)
    blas.find(code.needs, addresses())
    made = {name: environment(engine, name, constants) for name, constants in code.environments.items()}
    # The engine holds the code, and compiled code points into the environments.
    return function_at(address, (engine, *made.values()), made.get(code.environment))


def function_at(address: int, kept: Any, environment: Any = None) -> Callable[..., Any]:
    """What is at an address as a function of Python's, which keeps what holds it."""
    make, module = extension("numba._dynfunc"), ModuleType("zygote_nb.generated")
    own = make.Environment({}) if environment is None else environment
    function: Callable[..., Any] = make.make_function(module, "entry", "", address, own, kept)
    return function


def placed(code: Code, others: Addresses = MappingProxyType({})) -> tuple[Any, int]:
    """What holds the code in memory, and the address of its function."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    provide(code.needs, others)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object_file))
    engine.finalize_object()
    address = engine.get_function_address(code.wrapper)
    if not address:
        raise NotLoadable(f"there is no {code.wrapper} in the object file")
    return engine, address


def assembled(source: str, function: str, needs: tuple[str, ...], quickly: bool = False) -> Code:
    """Machine code of a text in LLVM's language: a function as Python calls it, which needs nothing of Numba's.

    Made ``quickly``, in a quarter of the time, it is what the text says, word by word.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return Code(target_machine(0 if quickly else 2).emit_object(parsed(source)), function, needs, {}, "")


def parsed(source: str) -> Any:
    """A text in LLVM's language, to be linked with others."""
    import llvmlite.binding as llvm

    return llvm.parse_assembly(source)


def read(bitcode: bytes) -> Any:
    """The same that another process has written in LLVM's short form."""
    import llvmlite.binding as llvm

    return llvm.parse_bitcode(bitcode)


def target_machine(effort: int = 2) -> Any:
    import llvmlite.binding as llvm

    cpu, features = processor()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    relocation = "static" if llvm.get_process_triple().startswith(("x86", "i386", "i686")) else "default"
    return target.create_target_machine(
        cpu=cpu, features=features, opt=effort, reloc=relocation, codemodel="jitdefault", jit=True
    )


@cache
def processor() -> tuple[str, str]:
    """Name and features, as LLVM knows them, of the processor that Numba compiles for: the one it is told, or this."""
    import llvmlite.binding as llvm

    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    told = os.environ.get("NUMBA_CPU_FEATURES", "" if name.lower() == "generic" else None)
    try:
        return name, llvm.get_host_cpu_features().flatten() if told is None else told
    except RuntimeError:
        return name, ""


def provide(names: tuple[str, ...], others: Addresses) -> None:
    """Make known where the functions are that the object file calls; LLVM ends the process if one is missing."""
    import llvmlite.binding as llvm

    known = addresses() | {name: others[name]() for name in names if name in others}
    if "numba.core.serialize" not in sys.modules:
        known["numba_unpickle"] = ctypes.cast(unpickle, ctypes.c_void_p).value or 0
    for name in names:
        if name in known:
            llvm.add_symbol(name, known[name])
        elif not llvm.address_of_symbol(name) and not hasattr(ctypes.pythonapi, name):
            raise NotLoadable(f"there is no {name}")


@cache
def addresses() -> dict[str, int]:
    """What Numba's extension modules and the interpreter offer to compiled code, under the names that it uses."""
    helpers = {**extension("numba._helperlib").c_helpers, **extension("numba._dynfunc").c_helpers}
    memory = extension("numba.core.runtime._nrt_python").c_helpers
    interface = ctypes.CFUNCTYPE(ctypes.c_void_p)(memory["get_api"])()
    exceptions = [e for e in vars(builtins).values() if isinstance(e, type) and issubclass(e, BaseException)]
    return {
        "_Py_NoneStruct": id(None),
        "NRT_manage_memory": (ctypes.c_size_t * 3).from_address(interface)[2],
        **{f"numba_{name}": address for name, address in helpers.items()},
        **{name if name.startswith("_") else f"NRT_{name}": address for name, address in memory.items()},
        **{f"PyExc_{e.__name__}": id(e) for e in exceptions},
    }


_unpickled: dict[bytes, Any] = {}


@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def unpickle(data: int, size: int, _: int) -> Any:
    """What compiled code holds as bytes, the type of the arrays that it returns, say: Numba would import itself."""
    content = ctypes.string_at(data, size)
    if content not in _unpickled:
        _unpickled[content] = pickle.loads(content)
    return _unpickled[content]


@cache
def release() -> Callable[[int], None]:
    """Lets go of memory at an address that compiled code made, counted as Numba counts."""
    return ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(addresses()["NRT_MemInfo_release"])


def extension(name: str) -> ModuleType:
    """One of Numba's extension modules, without the packages around it."""
    if name in sys.modules:
        return sys.modules[name]
    spec = extension_spec(name)
    module = module_from_spec(spec)
    sys.modules[name] = module
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


def extension_spec(name: str) -> ModuleSpec:
    place = Path(package_directory("numba"), *name.split(".")[1:])
    for suffix in EXTENSION_SUFFIXES:
        spec = spec_from_file_location(name, place.with_name(place.name + suffix))
        if spec is not None and Path(str(spec.origin)).exists():
            return spec
    raise NotLoadable(f"there is no extension module {name}")


@cache
def package_directory(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise NotLoadable(f"{name} is not installed")
    return Path(spec.origin).parent


def environment(engine: Any, name: str, constants: tuple[Any, ...]) -> Any:
    """Objects that compiled code refers to, put where it looks for them."""
    made = extension("numba._dynfunc").Environment({})
    made.consts[:] = constants
    address = engine.get_global_value_address(name)
    if not address:
        raise NotLoadable(f"there is no {name} in the object file")
    ctypes.c_void_p.from_address(address).value = id(made)
    return made
