"""Arrays that Python makes for compiled code, tapes for one: NumPy's own, of memory that waited for them.

One tape goes back to the system seldom, several of them at every call: see ``memory``.
"""

from __future__ import annotations

from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.backend import fresh, machine, memory
from zygote_nb.backend.assembly import assembled

NAMES = {"zeros": "zygote_nb_new_zeros", "empty": "zygote_nb_new_empty"}
HANDLER, TUPLE, FLOAT = "zygote_nb_capsule", "zygote_nb_type_of_tuples", "zygote_nb_dtype_of_floats"
OBJECTS = {
    **{f"zygote_nb_numpys_{how}": partial(id, getattr(np, how)) for how in NAMES},
    TUPLE: partial(id, tuple), FLOAT: partial(id, np.dtype(np.float64)),
}  # fmt: skip
SET_HANDLER = "PyDataMem_SetHandler"
CALLED = (
    "PyObject_Call", "PyTuple_GetItem", "PyTuple_Size", "PyLong_AsSsize_t", "PyErr_Occurred", "PyErr_Clear",
    "Py_IncRef", "Py_DecRef",
)  # fmt: skip
MOST_AXES, ITEM = 8, 8
"""Bytes: what is taken for the size of an entry. For smaller entries there is more memory than need be."""
DECLARED = f"""
@{HANDLER} = external global i8
@{TUPLE} = external global i8
@{FLOAT} = external global i8
declare ptr @PyObject_Call(ptr, ptr, ptr)
declare ptr @PyTuple_GetItem(ptr, i64)
declare i64 @PyTuple_Size(ptr)
declare i64 @PyLong_AsSsize_t(ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_Clear()
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare ptr @{SET_HANDLER}(ptr)
"""
MAKE = """
@{maker} = external global i8
declare ptr @{fresh}(i32, ptr, ptr, i32)
define ptr @{name}(ptr %self, ptr %args, ptr %named) {{
start:
  %known = alloca [{most_axes} x i64]
  %count = call i64 @PyTuple_Size(ptr %args)
  %any = icmp sgt i64 %count, 0
  br i1 %any, label %shape, label %plain

shape:
  %lengths = call ptr @PyTuple_GetItem(ptr %args, i64 0)
  %type.at = getelementptr i8, ptr %lengths, i64 8
  %type = load ptr, ptr %type.at
  %several = icmp eq ptr %type, @{tuple}
  br i1 %several, label %axes, label %one

one:
  %only = call i64 @PyLong_AsSsize_t(ptr %lengths)
  %only.size = mul i64 %only, {item}
  store i64 %only, ptr %known
  br label %asked

axes:
  %rank = call i64 @PyTuple_Size(ptr %lengths)
  %few = icmp ule i64 %rank, {most_axes}
  br i1 %few, label %axis, label %plain

axis:
  %k = phi i64 [0, %axes], [%k.next, %more]
  %size = phi i64 [{item}, %axes], [%size.next, %more]
  %all = icmp eq i64 %k, %rank
  br i1 %all, label %asked, label %more

more:
  %item = call ptr @PyTuple_GetItem(ptr %lengths, i64 %k)
  %length = call i64 @PyLong_AsSsize_t(ptr %item)
  %size.next = mul i64 %size, %length
  %known.at = getelementptr i64, ptr %known, i64 %k
  store i64 %length, ptr %known.at
  %k.next = add i64 %k, 1
  br label %axis

asked:
  %bytes = phi i64 [%only.size, %one], [%size, %axis]
  %axes.known = phi i64 [1, %one], [%rank, %axis]
  %error = call ptr @PyErr_Occurred()
  %fine = icmp eq ptr %error, null
  br i1 %fine, label %floats, label %clear

clear:
  call void @PyErr_Clear()
  br label %plain

floats:
  %alone = icmp eq i64 %count, 1
  %no.names = icmp eq ptr %named, null
  %of.floats = and i1 %alone, %no.names
  br i1 %of.floats, label %direct, label %decide

direct:
  %axes.short = trunc i64 %axes.known to i32
  call void @Py_IncRef(ptr @{float})
  %direct.array = call ptr @{fresh}(i32 %axes.short, ptr %known, ptr @{float}, i32 0)
  ret ptr %direct.array

decide:
  %large = icmp uge i64 %bytes, {least}
  %possible = icmp ule i64 %bytes, {most}
  %here = and i1 %large, %possible
  br i1 %here, label %own, label %plain

plain:
  %other = call ptr @PyObject_Call(ptr @{maker}, ptr %args, ptr %named)
  ret ptr %other

own:
  %before = call ptr @{set_handler}(ptr @{handler})
  %none = icmp eq ptr %before, null
  br i1 %none, label %failed, label %make

{made}
failed:
  ret ptr null
}}
"""

SOURCE = DECLARED + "".join(
    MAKE.format(
        name=name, maker=f"zygote_nb_numpys_{how}", fresh=fresh.NAMES[how], handler=HANDLER, tuple=TUPLE, float=FLOAT,
        set_handler=SET_HANDLER, item=ITEM, most_axes=MOST_AXES, least=memory.LEAST, most=memory.MOST,
        made=fresh.MADE.format(call=f"@PyObject_Call(ptr @zygote_nb_numpys_{how}, ptr %args, ptr %named)"),
    )
    for how, name in NAMES.items()
)  # fmt: skip


@cache
def makers() -> SimpleNamespace:
    """NumPy's names, for expressions that make arrays."""
    try:
        own = placed()
    except Exception:
        own = {}  # whatever is missing here, NumPy's own are right
    return SimpleNamespace(**{**vars(np), **own})


def placed() -> dict[str, Any]:
    """The functions that make arrays as NumPy's do, and in memory of ours where it is large."""
    engine, _, handler, _ = fresh.placed()
    known = {
        **OBJECTS, HANDLER: partial(id, handler), SET_HANDLER: fresh.OF_NUMPY[SET_HANDLER],
        **{name: partial(engine.get_function_address, name) for name in fresh.NAMES.values()},
    }  # fmt: skip
    own, _ = machine.placed(assembled(SOURCE, NAMES["empty"], (*CALLED, *known)), known)
    return {how: machine.function_at(own.get_function_address(name), own) for how, name in NAMES.items()}
