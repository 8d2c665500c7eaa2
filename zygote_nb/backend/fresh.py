"""New arrays for gradients, whose memory waited for them where they are large: see ``memory``.

NumPy asks a handler for the memory of an array, and lets it go by the same handler, whoever holds the array last. Ours
is in force while one array is made.
"""

from __future__ import annotations

import ctypes
from functools import cache, partial
from typing import Any

from zygote_nb.backend import machine, memory
from zygote_nb.backend.assembly import assembled, of_numpy

MAKERS = {"zeros": 183, "empty": 184}
SET_HANDLER = 304
"""Where functions are in the table of NumPy's interface."""
NAMES = {how: f"zygote_nb_{how}" for how in MAKERS}
HANDLER = "zygote_nb_handler"
CAPSULE = b"mem_handler"
"""What NumPy wants the capsule to be called; the text is not copied."""
OF_HANDLER = ("zygote_nb_malloc", "zygote_nb_calloc", "zygote_nb_realloc", "zygote_nb_free")
OF_NUMPY = {
    "PyArray_Zeros": partial(of_numpy, MAKERS["zeros"]), "PyArray_Empty": partial(of_numpy, MAKERS["empty"]),
    "PyDataMem_SetHandler": partial(of_numpy, SET_HANDLER),
}  # fmt: skip
NEEDS = (memory.BLOCK, memory.GIVE_BACK, *OF_NUMPY, "Py_DecRef", "memset", "memcpy")
MAKE = """
declare ptr @{of_numpy}(i32, ptr, ptr, i32)
define ptr @{name}(i32 %rank, ptr %shape, ptr %dtype, i32 %fortran) {{
start:
  %axes = sext i32 %rank to i64
  br label %axis

axis:
  %k = phi i64 [0, %start], [%k.next, %more]
  %size = phi i64 [8, %start], [%size.next, %more]
  %done = icmp eq i64 %k, %axes
  br i1 %done, label %decide, label %more

more:
  %length.at = getelementptr i64, ptr %shape, i64 %k
  %length = load i64, ptr %length.at
  %size.next = mul i64 %size, %length
  %k.next = add i64 %k, 1
  br label %axis

decide:
  %large = icmp uge i64 %size, {least}
  %possible = icmp ule i64 %size, {most}
  %here = and i1 %large, %possible
  br i1 %here, label %own, label %plain

plain:
  %other = tail call ptr @{of_numpy}(i32 %rank, ptr %shape, ptr %dtype, i32 %fortran)
  ret ptr %other

own:
  %handler = load ptr, ptr @{handler}
  %before = call ptr @PyDataMem_SetHandler(ptr %handler)
  %none = icmp eq ptr %before, null
  br i1 %none, label %plain, label %make

{made}
}}
"""
MADE = """make:
  %made = call ptr {call}
  %ours = call ptr @PyDataMem_SetHandler(ptr %before)
  call void @Py_DecRef(ptr %before)
  %lost = icmp eq ptr %ours, null
  br i1 %lost, label %finish, label %release

release:
  call void @Py_DecRef(ptr %ours)
  br label %finish

finish:
  ret ptr %made
"""
"""An array is made while our handler is in force; the one that was is in force again."""
SOURCE = f"""
@{HANDLER} = global ptr null
declare ptr @{memory.BLOCK}(i64)
declare void @{memory.GIVE_BACK}(ptr)
declare ptr @PyDataMem_SetHandler(ptr)
declare void @Py_DecRef(ptr)
declare ptr @memset(ptr, i32, i64)
declare ptr @memcpy(ptr, ptr, i64)

define ptr @zygote_nb_malloc(ptr %context, i64 %size) {{
  %block = tail call ptr @{memory.BLOCK}(i64 %size)
  ret ptr %block
}}

define ptr @zygote_nb_calloc(ptr %context, i64 %count, i64 %each) {{
start:
  %size = mul i64 %count, %each
  %block = call ptr @{memory.BLOCK}(i64 %size)
  %none = icmp eq ptr %block, null
  br i1 %none, label %failed, label %clear

clear:
  %cleared = call ptr @memset(ptr %block, i32 0, i64 %size)
  ret ptr %block

failed:
  ret ptr null
}}

define ptr @zygote_nb_realloc(ptr %context, ptr %old, i64 %size) {{
start:
  %block = call ptr @{memory.BLOCK}(i64 %size)
  %none = icmp eq ptr %block, null
  %nothing = icmp eq ptr %old, null
  %done = or i1 %none, %nothing
  br i1 %done, label %finish, label %copy

copy:
  %capacity.at = getelementptr i64, ptr %old, i64 -1
  %capacity = load i64, ptr %capacity.at
  %shorter = icmp ult i64 %capacity, %size
  %count = select i1 %shorter, i64 %capacity, i64 %size
  %copied = call ptr @memcpy(ptr %block, ptr %old, i64 %count)
  call void @{memory.GIVE_BACK}(ptr %old)
  br label %finish

finish:
  ret ptr %block
}}

define void @zygote_nb_free(ptr %context, ptr %block, i64 %size) {{
start:
  %nothing = icmp eq ptr %block, null
  br i1 %nothing, label %finish, label %give.back

give.back:
  call void @{memory.GIVE_BACK}(ptr %block)
  br label %finish

finish:
  ret void
}}
""" + "".join(
    MAKE.format(
        of_numpy=of,
        name=NAMES[how],
        least=memory.LEAST,
        most=memory.MOST,
        handler=HANDLER,
        made=MADE.format(call=f"@{of}(i32 %rank, ptr %shape, ptr %dtype, i32 %fortran)"),
    )
    for how, of in (("zeros", "PyArray_Zeros"), ("empty", "PyArray_Empty"))
)


class Handler(ctypes.Structure):
    """NumPy's ``PyDataMem_Handler``, of the first version."""

    _fields_ = (
        ("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p), ("calloc", ctypes.c_void_p), ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )  # fmt: skip


@cache
def placed() -> tuple[Any, ...]:
    """All that arrays need for as long as they live: the code, the handler, and the capsule that NumPy takes it in."""
    engine, _ = machine.placed(assembled(SOURCE, NAMES["empty"], NEEDS), {**memory.BLOCKS, **OF_NUMPY})
    handler = Handler(b"zygote_nb", 1, None, *map(engine.get_function_address, OF_HANDLER))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    capsule = new(ctypes.addressof(handler), CAPSULE, None)
    ctypes.c_void_p.from_address(engine.get_global_value_address(HANDLER)).value = id(capsule)
    kept = (engine, handler, capsule, CAPSULE)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
    return kept


@cache
def makers() -> dict[str, int] | None:
    """The addresses of functions that make arrays of floats as NumPy's own do; None where there are none."""
    try:
        engine = placed()[0]
    except Exception:
        return None
    return {how: engine.get_function_address(name) for how, name in NAMES.items()}
