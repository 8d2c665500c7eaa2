"""Objects whose calls are tried in machine code: Python takes longer to enter a method than a program takes to run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from zygote_nb.backend import machine, program
from zygote_nb.backend.assembly import assembled
from zygote_nb.backend.program import FAST, RUNNER, Definition
from zygote_nb.backend.words import DECLARED

AS_TUPLE = 0x3
"""How Python hands arguments over: as a tuple and a dict."""
METHOD, LONG_WAY, BUILTIN = "zygote_nb_call", "zygote_nb_long_way", "zygote_nb_type_of_builtins"
CALLED = (
    "PyExc_Exception", "Py_IncRef", "Py_DecRef", "PyTuple_GetItem", "PyTuple_SetItem", "PyTuple_Size", "PyTuple_New",
    "PyList_GetItem", "PyList_Size", "PyDict_Size", "PyObject_Call", "PyErr_Occurred", "PyCFunction_GetFunction",
    "PyCFunction_GetSelf",
)  # fmt: skip
SOURCE = """
@{long_way} = external global i8
@{builtin} = external global i8
declare ptr @{runner}(ptr, ptr, i64)
declare ptr @{fast}(ptr, ptr, i64)
declare ptr @PyCFunction_GetFunction(ptr)
declare ptr @PyCFunction_GetSelf(ptr)

define ptr @{method}(ptr %self, ptr %args, ptr %named) {{
  %given = alloca [3 x ptr]
  %plain = icmp eq ptr %named, null
  br i1 %plain, label %look, label %size
size:
  %names = call i64 @PyDict_Size(ptr %named)
  %without = icmp eq i64 %names, 0
  br i1 %without, label %look, label %long
look:
  %calls.at = getelementptr i8, ptr %self, i64 {calls}
  %calls = load ptr, ptr %calls.at
  %function.at = getelementptr i8, ptr %self, i64 {function}
  %function = load ptr, ptr %function.at
  %buffers.at = getelementptr i8, ptr %self, i64 {buffers}
  %buffers = load ptr, ptr %buffers.at
  %no.calls = icmp eq ptr %calls, null
  %no.function = icmp eq ptr %function, null
  %no.buffers = icmp eq ptr %buffers, null
  %one.missing = or i1 %no.calls, %no.function
  %missing = or i1 %one.missing, %no.buffers
  br i1 %missing, label %long, label %start
start:
  store ptr %function, ptr %given
  %args.at = getelementptr ptr, ptr %given, i64 1
  store ptr %args, ptr %args.at
  %buffers.in = getelementptr ptr, ptr %given, i64 2
  store ptr %buffers, ptr %buffers.in
  call void @Py_IncRef(ptr %calls)
  call void @Py_IncRef(ptr %function)
  call void @Py_IncRef(ptr %buffers)
  br label %loop
loop:
  %i = phi i64 [0, %start], [%next, %tried]
  %count = call i64 @PyList_Size(ptr %calls)
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %done
one:
  %next = add i64 %i, 1
  %known = call ptr @PyList_GetItem(ptr %calls, i64 %i)
  %type.at = getelementptr i8, ptr %known, i64 8
  %type = load ptr, ptr %type.at
  %builtin = icmp eq ptr %type, @{builtin}
  br i1 %builtin, label %which, label %done
which:
  %code = call ptr @PyCFunction_GetFunction(ptr %known)
  %ours = icmp eq ptr %code, @{fast}
  br i1 %ours, label %try, label %done
try:
  call void @Py_IncRef(ptr %known)
  %program = call ptr @PyCFunction_GetSelf(ptr %known)
  %found = call ptr @{runner}(ptr %program, ptr %given, i64 3)
  call void @Py_DecRef(ptr %known)
  %none = icmp eq ptr %found, null
  br i1 %none, label %tried, label %done
tried:
  %error = call ptr @PyErr_Occurred()
  %fine = icmp eq ptr %error, null
  br i1 %fine, label %loop, label %failed
done:
  %result = phi ptr [null, %loop], [null, %one], [null, %which], [%found, %try]
  call void @Py_DecRef(ptr %calls)
  call void @Py_DecRef(ptr %function)
  call void @Py_DecRef(ptr %buffers)
  %nothing = icmp eq ptr %result, null
  br i1 %nothing, label %long, label %end
end:
  ret ptr %result
failed:
  call void @Py_DecRef(ptr %calls)
  call void @Py_DecRef(ptr %function)
  call void @Py_DecRef(ptr %buffers)
  ret ptr null
long:
  %length = call i64 @PyTuple_Size(ptr %args)
  %total = add i64 %length, 1
  %all = call ptr @PyTuple_New(i64 %total)
  %no.room = icmp eq ptr %all, null
  br i1 %no.room, label %nowhere, label %first
first:
  call void @Py_IncRef(ptr %self)
  %first.set = call i32 @PyTuple_SetItem(ptr %all, i64 0, ptr %self)
  br label %items
items:
  %k = phi i64 [0, %first], [%k.next, %item]
  %others = icmp slt i64 %k, %length
  br i1 %others, label %item, label %go
item:
  %k.next = add i64 %k, 1
  %value = call ptr @PyTuple_GetItem(ptr %args, i64 %k)
  call void @Py_IncRef(ptr %value)
  %set = call i32 @PyTuple_SetItem(ptr %all, i64 %k.next, ptr %value)
  br label %items
go:
  %long.result = call ptr @PyObject_Call(ptr @{long_way}, ptr %all, ptr %named)
  call void @Py_DecRef(ptr %all)
  ret ptr %long.result
nowhere:
  ret ptr null
}}
"""


def quick(cls: type, slots: tuple[str, str, str], long_way: Callable[..., Any]) -> Any:
    """A method ``__call__`` for objects of a class, or None where machine code can't be had.

    Slots of theirs hold a list of programs, and the first and the third of the three arguments that these take; the
    second are the arguments of the call. Where no program fits, and for keywords, the object is called the long way.
    """
    loaded = program.runner()
    if loaded is None:
        return None
    try:
        return made(cls, slots, long_way, loaded[0])
    except Exception:
        return None


def made(cls: type, slots: tuple[str, str, str], long_way: Callable[..., Any], engine: Any) -> Any:
    calls, function, buffers = places(cls, slots)
    text = DECLARED + SOURCE.format(
        long_way=LONG_WAY, builtin=BUILTIN, runner=RUNNER, fast=FAST, method=METHOD, calls=calls, function=function,
        buffers=buffers,
    )  # fmt: skip
    others: machine.Addresses = {
        LONG_WAY: lambda: id(long_way),
        BUILTIN: lambda: id(type(len)),
        **{name: lambda name=name: engine.get_function_address(name) for name in (RUNNER, FAST)},  # type: ignore[misc]
    }
    own, address = machine.placed(assembled(text, METHOD, (*CALLED, *others), quickly=True), others)
    definition = Definition(b"__call__", address, AS_TUPLE, SIGNATURE + (long_way.__doc__ or "").encode())
    create = ctypes.pythonapi.PyDescr_NewMethod
    create.restype, create.argtypes = ctypes.py_object, (ctypes.py_object, ctypes.c_void_p)
    kept = own, definition, long_way
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))  # until the process ends
    return create(cls, ctypes.byref(definition))


SIGNATURE = b"__call__($self, /, *args, **kwargs)\n--\n\n"


def places(cls: type, slots: tuple[str, ...]) -> list[int]:
    """Bytes before what slots hold; raises where that is not to be found."""
    one, held = cls.__new__(cls), [object() for _ in slots]
    for name, value in zip(slots, held, strict=True):
        setattr(one, name, value)
    words = [ctypes.c_void_p.from_address(id(one) + at).value for at in range(16, cls.__basicsize__, 8)]
    return [16 + 8 * words.index(id(value)) for value in held]
