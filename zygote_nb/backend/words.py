"""The language in which the steps of programs for calls are written: LLVM's, with words for what most of them do."""

from __future__ import annotations

REGISTERS, INTEGERS, LENGTHS = 256, 256, 32
"""How many there are: registers, integers, lengths of axes."""
OWNED, INTEGER, LENGTH = REGISTERS, 2 * REGISTERS, 2 * REGISTERS + INTEGERS
COUNT, SEEN, RESULT, WORDS = (LENGTH + LENGTHS + i for i in range(4))
"""Where in the state what is held, integers and lengths begin, and how many are held and known; the result."""
ARRAY = {"data": 16, "rank": 24, "shape": 32, "strides": 40, "dtype": 56, "flags": 64}
"""Bytes before the fields of an array, from NumPy 1.0 on where words have eight bytes."""
LARGEST = 2**31
"""Integers are smaller, and their products fit."""

CALLED = (
    "_Py_NoneStruct", "PyExc_Exception", "Py_IncRef", "Py_DecRef",
    "PyBytes_AsString", "PyTuple_GetItem", "PyTuple_SetItem", "PyTuple_Size", "PyTuple_New", "PyList_GetItem",
    "PyList_SetItem", "PyList_Size", "PyList_New", "PyDict_GetItemWithError", "PyDict_SetItem", "PyDict_Size",
    "PyDict_New", "PyDict_Next", "PyObject_GetItem", "PyObject_GetAttr", "PyObject_Size", "PyObject_RichCompareBool",
    "PyObject_IsTrue", "PyObject_Call", "PyFunction_GetCode", "PyFunction_GetGlobals", "PyFunction_GetClosure",
    "PyCell_Get", "PyContextVar_Get", "PyNumber_AsSsize_t", "PyErr_Occurred", "PyErr_Clear", "PyErr_ExceptionMatches",
)  # fmt: skip
DECLARED = """
@_Py_NoneStruct = external global i8
@PyExc_Exception = external global i8
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare ptr @PyBytes_AsString(ptr)
declare ptr @PyTuple_GetItem(ptr, i64)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare i64 @PyTuple_Size(ptr)
declare ptr @PyTuple_New(i64)
declare ptr @PyList_GetItem(ptr, i64)
declare i32 @PyList_SetItem(ptr, i64, ptr)
declare i64 @PyList_Size(ptr)
declare ptr @PyList_New(i64)
declare ptr @PyDict_GetItemWithError(ptr, ptr)
declare i32 @PyDict_SetItem(ptr, ptr, ptr)
declare i64 @PyDict_Size(ptr)
declare ptr @PyDict_New()
declare i32 @PyDict_Next(ptr, ptr, ptr, ptr)
declare ptr @PyObject_GetItem(ptr, ptr)
declare ptr @PyObject_GetAttr(ptr, ptr)
declare i64 @PyObject_Size(ptr)
declare i32 @PyObject_RichCompareBool(ptr, ptr, i32)
declare i32 @PyObject_IsTrue(ptr)
declare ptr @PyObject_Call(ptr, ptr, ptr)
declare ptr @PyFunction_GetCode(ptr)
declare ptr @PyFunction_GetGlobals(ptr)
declare ptr @PyFunction_GetClosure(ptr)
declare ptr @PyCell_Get(ptr)
declare i32 @PyContextVar_Get(ptr, ptr, ptr)
declare i64 @PyNumber_AsSsize_t(ptr, ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_Clear()
declare i32 @PyErr_ExceptionMatches(ptr)
"""
SHARED = f"""
define internal i64 @put(ptr %state, i64 %to, ptr %value, i64 %words) alwaysinline {{
  %none = icmp eq ptr %value, null
  br i1 %none, label %no, label %yes
yes:
  %register = getelementptr ptr, ptr %state, i64 %to
  store ptr %value, ptr %register
  %count.at = getelementptr i64, ptr %state, i64 {COUNT}
  %count = load i64, ptr %count.at
  %more = add i64 %count, 1
  store i64 %more, ptr %count.at
  %place = add i64 %count, {OWNED}
  %owned = getelementptr ptr, ptr %state, i64 %place
  store ptr %value, ptr %owned
  ret i64 %words
no:
  ret i64 0
}}

define internal i64 @hold(ptr %state, i64 %to, ptr %value, i64 %words) alwaysinline {{
  call void @Py_IncRef(ptr %value)
  %done = call i64 @put(ptr %state, i64 %to, ptr %value, i64 %words)
  ret i64 %done
}}

define internal i64 @number(ptr %state, i64 %to, i64 %value, i64 %words) alwaysinline {{
  %small = icmp slt i64 %value, {LARGEST}
  %large = icmp sgt i64 %value, -{LARGEST}
  %fits = and i1 %small, %large
  %place = add i64 %to, {INTEGER}
  %integer = getelementptr i64, ptr %state, i64 %place
  store i64 %value, ptr %integer
  %done = select i1 %fits, i64 %words, i64 0
  ret i64 %done
}}

define internal ptr @operand(ptr %state, ptr %at, i64 %k) alwaysinline {{
  %word = getelementptr i64, ptr %at, i64 %k
  %number = load i64, ptr %word
  %register = getelementptr ptr, ptr %state, i64 %number
  %value = load ptr, ptr %register
  ret ptr %value
}}

define internal ptr @with(ptr %function, ptr %argument) {{
  %args = call ptr @PyTuple_New(i64 1)
  %none = icmp eq ptr %args, null
  br i1 %none, label %failed, label %made
made:
  call void @Py_IncRef(ptr %argument)
  %set = call i32 @PyTuple_SetItem(ptr %args, i64 0, ptr %argument)
  %result = call ptr @PyObject_Call(ptr %function, ptr %args, ptr null)
  call void @Py_DecRef(ptr %args)
  ret ptr %result
failed:
  ret ptr null
}}
"""


def step(name: str, operands: str, body: str) -> str:
    """A step whose operands are words (``n``), constants (``*n``), objects (``$n``), integers (``#n``) and fields.

    ``{words}`` in its body is how many it has if that is certain, ``n:shape`` a field of the array ``n``.
    """
    lines = []
    for k, operand in enumerate(operands.split(), 1):
        sort, name_of = (operand[0], operand[1:]) if operand[0] in "*$#" else ("", operand)
        lines.append(f"%{name_of}.at = getelementptr i64, ptr %at, i64 {k}")
        match sort:
            case "*":
                lines.append(f"%{name_of} = load ptr, ptr %{name_of}.at")
            case "$":
                lines.append(f"%{name_of} = call ptr @operand(ptr %state, ptr %at, i64 {k})")
            case "#":
                lines.append(f"%{name_of}.number = load i64, ptr %{name_of}.at")
                lines.append(f"%{name_of}.place = add i64 %{name_of}.number, {INTEGER}")
                lines.append(f"%{name_of}.in = getelementptr i64, ptr %state, i64 %{name_of}.place")
                lines.append(f"%{name_of} = load i64, ptr %{name_of}.in")
            case _:
                lines.append(f"%{name_of} = load i64, ptr %{name_of}.at")
    text = "\n  ".join(lines) + "\n" + body.replace("{words}", str(1 + len(operands.split())))
    return f"define internal i64 @step.{name}(ptr %state, ptr %at) {{\n  {text}}}\n"


def field(array: str, what: str, kind: str = "ptr") -> str:
    """Lines that read a field of an array."""
    at = f"%{array}.{what}"
    return f"  {at}.at = getelementptr i8, ptr %{array}, i64 {ARRAY[what]}\n  {at} = load {kind}, ptr {at}.at\n"


def borrowed(call: str) -> str:
    """A value that something else holds."""
    return f"""  %value = call ptr {call}
  %done = call i64 @hold(ptr %state, i64 %to, ptr %value, i64 {{words}})
  ret i64 %done
"""


def new(call: str) -> str:
    """A value that nothing else holds."""
    return f"""  %value = call ptr {call}
  %done = call i64 @put(ptr %state, i64 %to, ptr %value, i64 {{words}})
  ret i64 %done
"""


def holds(test: str, condition: str = "holds") -> str:
    return f"""{test}
  %done = select i1 %{condition}, i64 {{words}}, i64 0
  ret i64 %done
"""


def arithmetic(line: str) -> str:
    return f"""  {line}
  %done = call i64 @number(ptr %state, i64 %to, i64 %value, i64 {{words}})
  ret i64 %done
"""
