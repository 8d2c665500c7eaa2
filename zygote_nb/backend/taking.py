"""Machine code that looks at many arrays in one call: to ask each in turn takes Python longer than a small gradient.

It reads the fields of arrays where NumPy's interface for C has them, and calls Python and NumPy by their own functions.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from zygote_nb.backend import fresh, machine
from zygote_nb.backend.assembly import assembled, of_numpy
from zygote_nb.backend.fresh import MAKERS
from zygote_nb.dataclass import dataclass

MOST_LENGTHS = 31
CALLED = (
    "_Py_NoneStruct", "PyBytes_AsString", "PyTuple_GetItem", "PyTuple_SetItem", "PyTuple_New", "Py_IncRef", "Py_DecRef",
)  # fmt: skip
SOURCE = """
@_Py_NoneStruct = external global i8
declare ptr @PyBytes_AsString(ptr)
declare ptr @PyTuple_GetItem(ptr, i64)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare ptr @PyTuple_New(i64)
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)

define ptr @take(ptr %self, ptr %args, ptr %named) {
start:
  %lengths = alloca [32 x i64]
  store i64 1, ptr %lengths
  %bytes = call ptr @PyTuple_GetItem(ptr %args, i64 0)
  %table = call ptr @PyBytes_AsString(ptr %bytes)
  %count = load i64, ptr %table
  %first = getelementptr i64, ptr %table, i64 1
  br label %arrays

arrays:
  %i = phi i64 [0, %start], [%i.next, %array.done]
  %wanted = phi ptr [%first, %start], [%wanted.next, %array.done]
  %seen.before = phi i64 [1, %start], [%seen, %array.done]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %array, label %make

array:
  %i.next = add i64 %i, 1
  %object = call ptr @PyTuple_GetItem(ptr %args, i64 %i.next)
  %type.at = getelementptr i8, ptr %object, i64 8
  %type = load i64, ptr %type.at
  %type.wanted = load i64, ptr %wanted
  %is.array = icmp eq i64 %type, %type.wanted
  br i1 %is.array, label %fields, label %differs

fields:
  %rank.at = getelementptr i8, ptr %object, i64 24
  %rank.short = load i32, ptr %rank.at
  %rank = sext i32 %rank.short to i64
  %shape.at = getelementptr i8, ptr %object, i64 32
  %shape = load ptr, ptr %shape.at
  %dtype.at = getelementptr i8, ptr %object, i64 56
  %dtype = load i64, ptr %dtype.at
  %flags.at = getelementptr i8, ptr %object, i64 64
  %flags.short = load i32, ptr %flags.at
  %flags = sext i32 %flags.short to i64
  %dtype.wanted.at = getelementptr i64, ptr %wanted, i64 1
  %dtype.wanted = load i64, ptr %dtype.wanted.at
  %mask.at = getelementptr i64, ptr %wanted, i64 2
  %mask = load i64, ptr %mask.at
  %flags.wanted.at = getelementptr i64, ptr %wanted, i64 3
  %flags.wanted = load i64, ptr %flags.wanted.at
  %rank.wanted.at = getelementptr i64, ptr %wanted, i64 4
  %rank.wanted = load i64, ptr %rank.wanted.at
  %labels = getelementptr i64, ptr %wanted, i64 5
  %masked = and i64 %flags, %mask
  %same.dtype = icmp eq i64 %dtype, %dtype.wanted
  %same.flags = icmp eq i64 %masked, %flags.wanted
  %same.rank = icmp eq i64 %rank, %rank.wanted
  %same.both = and i1 %same.dtype, %same.flags
  %same.all = and i1 %same.both, %same.rank
  br i1 %same.all, label %axes, label %differs

axes:
  %k = phi i64 [0, %fields], [%k.next, %axis.done]
  %seen = phi i64 [%seen.before, %fields], [%seen.next, %axis.done]
  %more.axes = icmp slt i64 %k, %rank
  br i1 %more.axes, label %axis, label %array.done

axis:
  %label.at = getelementptr i64, ptr %labels, i64 %k
  %label = load i64, ptr %label.at
  %length.at = getelementptr i64, ptr %shape, i64 %k
  %length = load i64, ptr %length.at
  %kept.at = getelementptr i64, ptr %lengths, i64 %label
  %is.new = icmp eq i64 %label, %seen
  br i1 %is.new, label %others, label %known

known:
  %kept = load i64, ptr %kept.at
  %agrees = icmp eq i64 %kept, %length
  br i1 %agrees, label %axis.done, label %differs

others:
  %j = phi i64 [0, %axis], [%j.next, %other]
  %no.more = icmp eq i64 %j, %seen
  br i1 %no.more, label %new, label %other

other:
  %other.at = getelementptr i64, ptr %lengths, i64 %j
  %other.length = load i64, ptr %other.at
  %j.next = add i64 %j, 1
  %clashes = icmp eq i64 %other.length, %length
  br i1 %clashes, label %differs, label %others

new:
  store i64 %length, ptr %kept.at
  %seen.more = add i64 %seen, 1
  br label %axis.done

axis.done:
  %seen.next = phi i64 [%seen, %known], [%seen.more, %new]
  %k.next = add i64 %k, 1
  br label %axes

array.done:
  %wanted.next = getelementptr i64, ptr %labels, i64 %rank
  br label %arrays

make:
  %makers.at = getelementptr i64, ptr %wanted, i64 2
  %makers = load i64, ptr %wanted
  %float.at = getelementptr i64, ptr %wanted, i64 1
  %float = load ptr, ptr %float.at
  %made = call ptr @PyTuple_New(i64 %makers)
  %no.tuple = icmp eq ptr %made, null
  br i1 %no.tuple, label %failed, label %makes

makes:
  %m = phi i64 [0, %make], [%m.next, %put]
  %maker.at = phi ptr [%makers.at, %make], [%maker.next, %put]
  %more.makers = icmp slt i64 %m, %makers
  br i1 %more.makers, label %one, label %complete

one:
  %m.next = add i64 %m, 1
  %maker.next = getelementptr i64, ptr %maker.at, i64 2
  %maker = load ptr, ptr %maker.at
  %like.at = getelementptr i64, ptr %maker.at, i64 1
  %like = load i64, ptr %like.at
  %model = call ptr @PyTuple_GetItem(ptr %args, i64 %like)
  %model.rank.at = getelementptr i8, ptr %model, i64 24
  %model.rank = load i32, ptr %model.rank.at
  %model.shape.at = getelementptr i8, ptr %model, i64 32
  %model.shape = load ptr, ptr %model.shape.at
  call void @Py_IncRef(ptr %float)
  %new.array = call ptr %maker(i32 %model.rank, ptr %model.shape, ptr %float, i32 0)
  %no.array = icmp eq ptr %new.array, null
  br i1 %no.array, label %incomplete, label %put

put:
  %done = call i32 @PyTuple_SetItem(ptr %made, i64 %m, ptr %new.array)
  br label %makes

complete:
  ret ptr %made

incomplete:
  call void @Py_DecRef(ptr %made)
  ret ptr null

failed:
  ret ptr null

differs:
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}
"""
"""Fields of an object and of an array are at fixed places where words have eight bytes, from NumPy 1.0 on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an array is to be like, whose type is one of NumPy's arrays.

    Axes with one label are to be equally long, others not; zero stands for length one. Labels are numbered in the order
    of their first appearance, over all arrays.
    """

    type: type
    dtype: np.dtype[Any]
    mask: int
    flags: int
    labels: tuple[int, ...]


Makers = tuple[tuple[str, int], ...]
"""For each new array of floats how it is made, and the number of the array that has its shape."""


def table(wanted: tuple[Wanted, ...], makers: Makers) -> bytes:
    """What the function is to look for and to make, in words. Types and dtypes are to be kept alive."""
    words = [len(wanted)]
    for w in wanted:
        words += [id(w.type), id(w.dtype), w.mask, w.flags, len(w.labels), *w.labels]
    words += [len(makers), id(np.dtype(np.float64))]
    for how, like in makers:
        words += [maker(how), 1 + like]
    return np.array(words, np.int64).tobytes()


@cache
def maker(how: str) -> int:
    """The address of a function that makes an array, as NumPy's own do it."""
    found = fresh.makers()
    return of_numpy(MAKERS[how]) if found is None else found[how]


@cache
def take() -> Callable[..., tuple[Any, ...] | None] | None:
    """The function of a table and of arrays: new arrays if all are as the table wants them, None if not.

    There is none where objects may be laid out otherwise, or where LLVM is missing: Python can ask all that it asks.
    """
    if ctypes.sizeof(ctypes.c_void_p) != 8 or object.__basicsize__ != 16:
        return None
    try:
        made = machine.load(assembled(SOURCE, "take", CALLED))
        return made if is_sound(made) else None
    except Exception:
        return None


def is_sound(made: Callable[..., Any]) -> bool:
    """Whether it tells two arrays apart, and makes what it is asked for."""
    one, other = np.ones((2, 3)), np.ones((2, 3), np.float32)
    asked = table((Wanted(np.ndarray, one.dtype, 1281, 1281, (1, 2)),), (("zeros", 0), ("empty", 0)))
    found = made(asked, one)
    if found is None or len(found) != 2:
        return False
    same = all(type(a) is np.ndarray and a.dtype is one.dtype and a.shape == one.shape for a in found)
    return same and not found[0].any() and not any(made(asked, a) for a in (other, one.T, one[0], 0.0, None))
