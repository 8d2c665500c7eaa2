"""Functions of Numba's and of this package's that generated code calls: compiled once for all processes.

Numba compiles them anew in each process, and they can't be kept as Numba keeps functions: it tells them apart by a
count, so that code of two processes may have one name. Here the name of a function is a digest of all that it is made
of (``identity.py``), and the same name stands for the same code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from numba.core.bytecode import FunctionIdentity
from numba.core.compiler import CompilerBase, CompileResult
from numba.core.compiler_lock import global_compiler_lock
from numba.core.runtime import rtsys

from zygote_nb.backend import cache, lean, machine
from zygote_nb.backend.identity import key_of
from zygote_nb.backend.pickling import libraries_only
from zygote_nb.dataclass import dataclass

COMPILED_WITH = ("numba", "llvmlite")
"""Whose classes describe compiled functions."""
PREFIX = "helper"
"""What the names of kept functions begin with where others have a number."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What callers of a compiled function need: its code for LLVM, and how it is called."""

    name: str
    bitcode: bytes
    description: Any
    environment: Any
    signature: Any
    at_start: tuple[Any, ...]


class Names:
    """Numba's count of functions, which gives a name once where there is one."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self.numbers, self.next = numbers, ""

    def __iter__(self) -> Names:
        return self

    def __next__(self) -> int | str:
        name, self.next = self.next, ""
        return name or next(self.numbers)


_results: dict[str, Any] = {}
"""What this process has compiled or read, by keys."""
_libraries = WeakSet[Any]()
"""Where the code of these functions is."""
_new: dict[str, Any] = {}
"""What isn't on the disk yet."""


@contextmanager
def kept() -> Iterator[None]:
    """Within it, functions that were compiled before are read from the disk, and others are noted for it.

    All have short messages: so they are the same in processes that compile nothing else, and in those that do.
    """
    with global_compiler_lock, lean.with_short_messages():
        compile_extra, numbers = CompilerBase.compile_extra, FunctionIdentity._unique_ids
        names = Names(numbers)

        def once(pipeline: Any, function: Any) -> Any:
            key = key_of(pipeline, function)
            if key is None:
                return made_here(pipeline, function, compile_extra)
            return found(key, pipeline) or made(key, pipeline, function, compile_extra, names)

        CompilerBase.compile_extra, FunctionIdentity._unique_ids = once, names
        try:
            yield
        finally:
            CompilerBase.compile_extra, FunctionIdentity._unique_ids = compile_extra, numbers


def write() -> None:
    """Put on the disk what was compiled."""
    with global_compiler_lock:
        while _new:
            key, result = _new.popitem()
            # What refers to something of this process only stays in this process.
            with suppress(Exception):
                cache.keep_pickled(key, libraries_only(reduced(result), COMPILED_WITH))


def made_here(pipeline: Any, function: Any, compile_extra: Any) -> Any:
    """What Numba makes of a function of generated code. Its callers have their own of what only they call."""
    is_called = pipeline.state.flags.no_cpython_wrapper
    with lean.with_code(not is_called):
        result = compile_extra(pipeline, function)
    if is_called and is_bound(result):
        lean.place(result)
    return result


def made(key: str, pipeline: Any, function: Any, compile_extra: Any, names: Names) -> Any:
    """What Numba makes of the function. It is kept if all that it calls is."""
    names.next = f"{PREFIX}{key}"
    try:
        with lean.with_code(False):
            result = compile_extra(pipeline, function)
    finally:
        names.next = ""
    if not is_whole(result):
        lean.place(result)
    else:
        _results[key] = _new[key] = result._replace(metadata=None)
        _libraries.add(result.library)
    return result


def found(key: str, pipeline: Any) -> Any:
    """What was made of the function before, here or in another process; None if there is nothing."""
    if key not in _results and isinstance(kept := cache.recall(key), Kept):
        with suppress(Exception):  # whatever is wrong with it, it can be made anew
            result = again(kept, pipeline.state.typingctx, pipeline.state.targetctx)
            _libraries.add(result.library)
            _results[key] = result
    result = _results.get(key)
    if result is not None and not pipeline.state.flags.no_compile:
        pipeline.state.targetctx.insert_user_function(result.entry_point, result.fndesc, [result.library])
    return result


def is_whole(result: Any) -> bool:
    """Whether the code is of use to other processes: nothing of it is bound to this one, and nothing that it calls."""
    called = [x for x in result.library._linking_libraries if x is not rtsys.library]
    return not is_bound(result) and all(x in _libraries for x in called)


def is_bound(result: Any) -> bool:
    """Whether the code looks things up in this process."""
    library, environment = result.library, result.environment
    bound = library.has_dynamic_globals or result.lifted or result.objectmode or environment.consts
    return bool(bound or lean.unresolved(library._final_module))


def reduced(result: Any) -> Kept:
    result.fndesc.typemap = result.fndesc.calltypes = None
    return Kept(
        result.library.name,
        result.library._get_module_for_linking().as_bitcode(),
        result.fndesc,
        result.environment,
        result.signature,
        tuple(result.reload_init),
    )


def again(kept: Kept, typing: Any, target: Any) -> Any:
    """The result of compilation, of which no code for the processor is made: callers take it into their own."""
    for each in kept.at_start:
        each()
    library = target.codegen().create_library(kept.name)
    library._shared_module = machine.read(kept.bitcode)
    library._finalized = True
    return CompileResult(
        typing_context=typing,
        target_context=target,
        entry_point=lean.not_executable(target, library, kept.description, kept.environment),
        typing_error=None,
        type_annotation="",
        signature=kept.signature,
        objectmode=False,
        lifted=(),
        fndesc=kept.description,
        library=library,
        call_helper=None,
        environment=kept.environment,
        metadata=None,
        reload_init=kept.at_start,
        referenced_envs=(),
    )
