"""Parts of a loop in threads that are started, and joined, by the compiled code itself.

They run code that Numba compiled and nothing of Python's, so that the lock of the interpreter, signals and forks don't
concern them, and machine code that was kept needs nothing but the C library.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel.models import OpaqueModel
from numba.core.imputils import lower_constant
from numba.extending import intrinsic, register_jitable, register_model, typeof_impl
from numba.extending import overload as numba_overload

from zygote_nb.runtime import chunks as plain
from zygote_nb.runtime.compiled.registration import overload

I32, I64 = ir.IntType(32), ir.IntType(64)
HAS_THREADS = sys.platform != "win32"

register_jitable(plain.zeros)
register_jitable(plain.with_parts)


class Part:
    """A compiled function that is handed over to be called for parts of a loop.

    A plain function of Numba's would be a value with an address of this process, and the code not be kept.
    """

    def __init__(self, function: Any) -> None:
        self.function = function


class PartType(types.Dummy):  # type: ignore[misc]
    """The type of one such function."""

    def __init__(self, function: Any) -> None:
        self.of = types.Dispatcher(function)
        super().__init__(f"part({self.of.name})")


@typeof_impl.register(Part)
def _type_of_part(value: Part, _: Any) -> Any:
    return PartType(value.function)


register_model(PartType)(OpaqueModel)


@lower_constant(PartType)
def _no_value(context: Any, *_: Any) -> Any:
    return context.get_dummy_value()


@overload(plain.parts_like)
def _parts_like(a: Any, chunks: Any) -> Any:
    return lambda a, chunks: np.zeros((chunks, *a.shape), a.dtype)


@overload(plain.add_parts)
def _add_parts(a: Any, parts: Any) -> Any:
    def implementation(a, parts):  # type: ignore[no-untyped-def]
        for which in range(len(parts)):
            part = parts[which]
            for place in np.ndindex(a.shape):
                a[place] += part[place]

    return implementation


@numba_overload(plain.in_chunks, strict=False, prefer_literal=True)
def _in_chunks(part: Any, chunks: Any, count: Any, seam: Any, work: Any, given: Any) -> Any:
    def implementation(part, chunks, count, seam, work, given):  # type: ignore[no-untyped-def]
        if _failures(part, chunks, count, seam, work, given):
            raise RuntimeError("an iteration raised an exception")

    return implementation


@intrinsic(prefer_literal=True)
def _failures(typingctx, part, chunks, count, seam, work, given):  # type: ignore[no-untyped-def]
    """How many parts raised."""
    made = part.of.dispatcher
    called = part.of.get_call_type(typingctx, (types.int64, types.int64, types.int64, *given.types), {})

    def code(context, builder, signature, args):  # type: ignore[no-untyped-def]
        maker = _Maker(context, builder, made.overloads[called.args], context.get_value_type(given))
        return maker.run(chunks.literal_value, args[2], seam.literal_value, *args[4:])

    return types.int64(part, chunks, types.int64, seam, types.int64, given), code


class _Maker:
    """Writes the code that runs the parts.

    A task is a struct: which part, its first iteration, the end of it, whether it failed, what it takes.
    """

    def __init__(self, context: Any, builder: Any, part: Any, taken: Any) -> None:
        self.context, self.builder, self.part = context, builder, part
        self.task = ir.LiteralStructType([I64, I64, I64, I64, taken])
        context.active_code_library.add_linking_library(part.library)

    def run(self, chunks: int, count: Any, seam: int, work: Any, taken: Any) -> Any:
        builder = self.builder
        function = self.of_task()
        tasks = [cgutils.alloca_once(builder, self.task) for _ in range(chunks)]
        ends = [builder.sdiv(builder.mul(count, I64(k)), I64(chunks)) for k in range(chunks + 1)]
        middles = [self.larger(first, builder.sub(last, I64(seam))) for first, last in pairwise(ends)]
        for which, task in enumerate(tasks):
            for place, value in enumerate((I64(which), ends[which], middles[which], I64(0), taken)):
                self.put(task, place, value)
        enough = builder.icmp_signed(">=", work, I64(plain.ENOUGH if HAS_THREADS else sys.maxsize))
        with builder.if_else(enough, likely=False) as (then, otherwise):
            with then:
                self.in_threads(function, tasks)
            with otherwise:
                for task in tasks:
                    self.here(function, task)
        if seam:
            for which, task in enumerate(tasks):
                self.put(task, 1, middles[which])
                self.put(task, 2, ends[which + 1])
                self.here(function, task)
        failures: Any = I64(0)
        for task in tasks:
            failures = builder.add(failures, builder.load(cgutils.gep_inbounds(builder, task, 0, 3)))
        return failures

    def larger(self, a: Any, b: Any) -> Any:
        return self.builder.select(self.builder.icmp_signed(">", a, b), a, b)

    def put(self, task: Any, place: int, value: Any) -> None:
        self.builder.store(value, cgutils.gep_inbounds(self.builder, task, 0, place))

    def of_task(self) -> Any:
        """A function of a pointer to a task, as the C library starts threads with."""
        module = self.builder.module
        name = module.get_unique_name("part_of_loop")
        function = ir.Function(module, ir.FunctionType(cgutils.voidptr_t, [cgutils.voidptr_t]), name)
        function.linkage = "internal"
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        task = builder.bitcast(function.args[0], self.task.as_pointer())
        which, first, last, taken = (
            builder.load(cgutils.gep_inbounds(builder, task, 0, place)) for place in (0, 1, 2, 4)
        )
        args = [which, first, last, *cgutils.unpack_tuple(builder, taken)]
        description = self.part.fndesc
        callee = self.context.declare_function(module, description)
        status, _ = self.context.call_conv.call_function(
            builder, callee, description.restype, description.argtypes, args
        )
        failures = cgutils.gep_inbounds(builder, task, 0, 3)
        builder.store(builder.add(builder.load(failures), builder.zext(status.is_error, I64)), failures)
        builder.ret(cgutils.get_null_value(cgutils.voidptr_t))
        return function

    def in_threads(self, function: Any, tasks: list[Any]) -> None:
        """The first part here, the others in threads of their own; here too where no thread is to be had."""
        builder = self.builder
        start, join = self.library()
        threads = [cgutils.alloca_once(builder, cgutils.voidptr_t) for _ in tasks]
        refusals = []
        for task, thread in zip(tasks[1:], threads[1:], strict=True):
            nothing = cgutils.get_null_value(cgutils.voidptr_t)
            given = builder.bitcast(task, cgutils.voidptr_t)
            refusals.append(builder.call(start, [thread, nothing, function, given]))
        self.here(function, tasks[0])
        for task, thread, refused in zip(tasks[1:], threads[1:], refusals, strict=True):
            with builder.if_else(cgutils.is_not_null(builder, refused), likely=False) as (then, otherwise):
                with then:
                    self.here(function, task)
                with otherwise:
                    nowhere = cgutils.get_null_value(cgutils.voidptr_t.as_pointer())
                    builder.call(join, [builder.load(thread), nowhere])

    def here(self, function: Any, task: Any) -> None:
        self.builder.call(function, [self.builder.bitcast(task, cgutils.voidptr_t)])

    def library(self) -> tuple[Any, Any]:
        """``pthread_create`` and ``pthread_join``."""
        pointer, module = cgutils.voidptr_t, self.builder.module
        routine = ir.FunctionType(pointer, [pointer]).as_pointer()
        start = ir.FunctionType(I32, [pointer.as_pointer(), pointer, routine, pointer])
        join = ir.FunctionType(I32, [pointer, pointer.as_pointer()])
        return (
            cgutils.get_or_insert_function(module, start, "pthread_create"),
            cgutils.get_or_insert_function(module, join, "pthread_join"),
        )
