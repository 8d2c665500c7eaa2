"""Programs for calls: what is asked before compiled code runs takes Python longer than a small gradient.

A program is a row of words: the number of a step, and what it is of. They are gone through by one function, made once
for an installation (see ``steps``), which the words tell whether a call is like an earlier one, what to call, and what
to return. It is written in LLVM's language, since there is no compiler of C where the package is installed; reads the
fields of arrays where NumPy's interface for C has them; and calls Python by its own functions.
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
from zygote_nb.backend.steps import STEPS
from zygote_nb.backend.words import (
    CALLED,
    COUNT,
    DECLARED,
    INTEGERS,
    LENGTH,
    OWNED,
    REGISTERS,
    RESULT,
    SEEN,
    SHARED,
    WORDS,
    step,
)
from zygote_nb.dataclass import dataclass, field

MOST_ARGUMENTS = 64
RUNNER, FAST = "zygote_nb_run", "zygote_nb_fast"
"""The function that goes through a program, and what Python calls for it."""
IN_A_ROW = 0x80
"""How Python hands arguments over: as addresses in a row."""
RUN = f"""
define ptr @{RUNNER}(ptr %program, ptr %given, i64 %count) {{
  %state = alloca [{WORDS} x i64]
  %words.at = call ptr @PyTuple_GetItem(ptr %program, i64 0)
  %words = call ptr @PyBytes_AsString(ptr %words.at)
  %count.at = getelementptr i64, ptr %state, i64 {COUNT}
  store i64 0, ptr %count.at
  %seen.at = getelementptr i64, ptr %state, i64 {SEEN}
  store i64 1, ptr %seen.at
  %length.at = getelementptr i64, ptr %state, i64 {LENGTH}
  store i64 1, ptr %length.at
  %result.at = getelementptr i64, ptr %state, i64 {RESULT}
  store ptr null, ptr %result.at
  %last = getelementptr ptr, ptr %state, i64 2
  store ptr @_Py_NoneStruct, ptr %last
  br label %arguments
arguments:
  %i = phi i64 [0, %0], [%i.next, %argument]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %argument, label %steps
argument:
  %i.next = add i64 %i, 1
  %given.at = getelementptr ptr, ptr %given, i64 %i
  %value = load ptr, ptr %given.at
  %register = getelementptr ptr, ptr %state, i64 %i
  store ptr %value, ptr %register
  br label %arguments
steps:
  %at = phi ptr [%words, %arguments], [%at.next, %next]
  %number = load i64, ptr %at
  %step.at = getelementptr [{len(STEPS)} x ptr], ptr @steps, i64 0, i64 %number
  %step = load ptr, ptr %step.at
  %done = call i64 %step(ptr %state, ptr %at)
  %goes.on = icmp sgt i64 %done, 0
  br i1 %goes.on, label %next, label %end
next:
  %at.next = getelementptr i64, ptr %at, i64 %done
  br label %steps
end:
  %owned.count = load i64, ptr %count.at
  br label %releases
releases:
  %k = phi i64 [0, %end], [%k.next, %release]
  %held = icmp slt i64 %k, %owned.count
  br i1 %held, label %release, label %over
release:
  %k.next = add i64 %k, 1
  %place = add i64 %k, {OWNED}
  %owned.at = getelementptr ptr, ptr %state, i64 %place
  %owned = load ptr, ptr %owned.at
  call void @Py_DecRef(ptr %owned)
  br label %releases
over:
  %result = load ptr, ptr %result.at
  %none = icmp eq ptr %result, null
  br i1 %none, label %asked, label %finished
asked:
  %error = call ptr @PyErr_Occurred()
  %fine = icmp eq ptr %error, null
  br i1 %fine, label %finished, label %failed
failed:
  %usual = call i32 @PyErr_ExceptionMatches(ptr @PyExc_Exception)
  %is.usual = icmp ne i32 %usual, 0
  br i1 %is.usual, label %clear, label %finished
clear:
  call void @PyErr_Clear()
  br label %finished
finished:
  ret ptr %result
}}

define ptr @{FAST}(ptr %program, ptr %given, i64 %count) {{
  %few = icmp sle i64 %count, {MOST_ARGUMENTS}
  br i1 %few, label %try, label %no
try:
  %result = call ptr @{RUNNER}(ptr %program, ptr %given, i64 %count)
  %none = icmp eq ptr %result, null
  br i1 %none, label %asked, label %yes
yes:
  ret ptr %result
asked:
  %error = call ptr @PyErr_Occurred()
  %fine = icmp eq ptr %error, null
  br i1 %fine, label %no, label %yes
no:
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}}
"""
NUMBERS = {name: number for number, name in enumerate(STEPS)}


def source() -> str:
    """The text of all steps, and of what goes through them."""
    named = {name: name.replace(" ", ".") for name in STEPS}
    steps = "".join(step(named[name], *parts) for name, parts in STEPS.items())
    places = ", ".join(f"ptr @step.{name}" for name in named.values())
    table = f"@steps = internal constant [{len(STEPS)} x ptr] [{places}]\n"
    return DECLARED + SHARED + steps + table + RUN


class Definition(ctypes.Structure):
    """Python's ``PyMethodDef``."""

    _fields_ = (
        ("name", ctypes.c_char_p), ("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("text", ctypes.c_char_p),
    )  # fmt: skip


@dataclass(slots=True)
class Program:
    """The words of a program, and the objects that they name; ``given`` registers hold its arguments."""

    given: int
    words: list[int] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    registers: int = 0
    integers: int = 0

    def __post_init__(self) -> None:
        self.registers = self.given

    def do(self, name: str, *operands: int) -> None:
        self.words += [NUMBERS[name], *operands]

    def constant(self, value: Any) -> int:
        """The word for an object, which the program keeps."""
        self.kept.append(value)
        return id(value)

    def register(self) -> int:
        self.registers += 1
        return self.registers - 1

    def integer(self, count: int = 1) -> int:
        self.integers += count
        return self.integers - count

    def made(self) -> Callable[..., Any] | None:
        """The program as a function: of its arguments, None if something is not as it was."""
        loaded = runner()
        if loaded is None or self.registers > REGISTERS or self.integers > INTEGERS or self.given > MOST_ARGUMENTS:
            return None
        return made(loaded, self)


def made(loaded: tuple[Any, ...], program: Program) -> Callable[..., Any]:
    """The function that goes through a program, by what ``runner`` has placed."""
    _, definition, create = loaded
    words = np.array(program.words, np.int64).tobytes()
    function: Callable[..., Any] = create(ctypes.byref(definition), (words, *program.kept), None)
    return function


@cache
def runner() -> tuple[Any, ...] | None:
    """What goes through programs: code in memory, the definition of a function that it is for Python, and its maker.

    There is none where objects may be laid out otherwise, or where LLVM is missing: Python can ask all that they ask.
    """
    if ctypes.sizeof(ctypes.c_void_p) != 8 or object.__basicsize__ != 16:
        return None
    try:
        engine, _ = machine.placed(assembled(source(), FAST, CALLED, quickly=True))
        definition = Definition(b"fast", engine.get_function_address(FAST), IN_A_ROW, None)
        create = ctypes.pythonapi.PyCFunction_NewEx
        create.restype, create.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
        loaded = engine, definition, create
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(loaded))  # until the process ends
        return loaded if is_sound(loaded) else None
    except Exception:
        return None


def is_sound(loaded: tuple[Any, ...]) -> bool:
    """Whether arrays are told apart, and made as they are asked for."""
    one, other = np.ones((2, 3)), np.ones((2, 3), np.float32)
    p = Program(1)
    asks_array(p, 0, np.ndarray, one.dtype, 1281, 1281, 2)
    results = p.register(), p.register()
    for how, to in zip(MAKERS, results, strict=True):
        p.do("new like", to, maker(how), p.constant(one.dtype), 0)
    both = p.register()
    p.do("tuple", both, 2, *results)
    p.do("return", both)
    function = made(loaded, p)
    found = function(one)
    if found is None or len(found) != 2:
        return False
    same = all(type(a) is np.ndarray and a.dtype is one.dtype and a.shape == one.shape for a in found)
    zeros = found[list(MAKERS).index("zeros")]
    return same and not zeros.any() and not any(map(function, (other, one.T, one[0], 0.0, None)))


def asks_array(p: Program, at: int, cls: type, dtype: np.dtype[Any], mask: int, flags: int, rank: int) -> None:
    """The object is an array of this type, of so many axes, whose flags under the mask are these."""
    p.do("array", at, p.constant(cls), p.constant(dtype), mask, flags, rank)


@cache
def maker(how: str) -> int:
    """The address of a function that makes an array, as NumPy's own do it."""
    found = fresh.makers()
    return of_numpy(MAKERS[how]) if found is None else found[how]
