"""Tapes in memory that is counted like that of arrays, and let go by a function that is compiled for their type."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def into_handle(held: list[Any]) -> Any:
    """The function that puts a tape into memory and gives its address; the type of the tape is added to ``held``."""

    @intrinsic  # type: ignore[untyped-decorator]
    def put(typingctx: Any, tape: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            (kind,), (value,) = signature.args, args
            model = context.data_model_manager[kind]
            size = context.get_constant(types.uintp, context.get_abi_sizeof(model.get_data_type()))
            memory = context.nrt.meminfo_alloc_dtor(builder, size, letting_go(context, builder.module, model, kind))
            context.nrt.incref(builder, kind, value)
            builder.store(model.as_data(builder, value), place(context, builder, memory, model))
            return builder.ptrtoint(memory, cgutils.intp_t)

        held.append(tape)
        return types.intp(tape), codegen

    return put


def out_of_handle(kind: Any) -> Any:
    """The function that finds a tape of a type at an address."""

    @intrinsic  # type: ignore[untyped-decorator]
    def found(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            model = context.data_model_manager[kind]
            memory = builder.inttoptr(args[0], cgutils.voidptr_t)
            value = model.from_data(builder, builder.load(place(context, builder, memory, model)))
            context.nrt.incref(builder, kind, value)
            return value

        return kind(types.intp), codegen

    return found


def place(context: Any, builder: Any, memory: Any, model: Any) -> Any:
    data = context.nrt.meminfo_data(builder, memory)
    return builder.bitcast(data, model.get_data_type().as_pointer())


def letting_go(context: Any, module: Any, model: Any, kind: Any) -> Any:
    """The function that lets go of what a tape of this type holds."""
    signature = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, cgutils.intp_t, cgutils.voidptr_t])
    made = ir.Function(module, signature, module.get_unique_name("let_go"))
    made.linkage = "internal"
    builder = ir.IRBuilder(made.append_basic_block())
    pointer = builder.bitcast(made.args[0], model.get_data_type().as_pointer())
    context.nrt.decref(builder, kind, model.from_data(builder, builder.load(pointer)))
    builder.ret_void()
    return made
