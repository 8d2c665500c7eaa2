"""The steps of which programs for calls are made, in LLVM's language: see ``program``.

A step is a function of a state and of its own words in the program. It returns how many words it has, 0 if something is
not as it was, and less than 0 at the end. The state has registers for objects, and for integers. What a step puts into
a register is held until the program ends, whatever the code that runs meanwhile does to where it came from; but for
what the program itself holds, and entries of tuples, which stay.
"""

from __future__ import annotations

from zygote_nb.backend.array_steps import ARRAYS
from zygote_nb.backend.words import INTEGER, RESULT, arithmetic, borrowed, field, holds, new


def filled(what: str, each: str, words: int = 1) -> str:
    """A tuple, list or dict of so many entries, which take so many words each."""
    size = "" if what == "Dict" else "i64 %count"
    return f"""  %made = call ptr @Py{what}_New({size})
  %length = mul i64 %count, {words}
  %total = add i64 %length, {{words}}
  %done = call i64 @put(ptr %state, i64 %to, ptr %made, i64 %total)
  %failed = icmp eq i64 %done, 0
  br i1 %failed, label %end, label %loop
loop:
  %i = phi i64 [0, %0], [%next, %one]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %end
one:
  %next = add i64 %i, 1
  %before = mul i64 %i, {words}
  %k = add i64 %before, {{words}}
{each}
  br label %loop
end:
  ret i64 %done
"""


ENTRY = """  %value = call ptr @operand(ptr %state, ptr %at, i64 %k)
  call void @Py_IncRef(ptr %value)
  %stored = call i32 @Py{what}_SetItem(ptr %made, i64 %i, ptr %value)"""
PAIR = """  %key.at = getelementptr ptr, ptr %at, i64 %k
  %key = load ptr, ptr %key.at
  %after = add i64 %k, 1
  %value = call ptr @operand(ptr %state, ptr %at, i64 %after)
  %stored = call i32 @PyDict_SetItem(ptr %made, ptr %key, ptr %value)"""


def pairs(test: str, first: int) -> str:
    """Each two of the registers that follow are ``%apart``."""
    return f"""  %total = add i64 %count, {{words}}
  br label %loop
loop:
  %i = phi i64 [{{words}}, %0], [%i.next, %others]
  %more = icmp slt i64 %i, %total
  br i1 %more, label %one, label %end
one:
  %i.next = add i64 %i, 1
  %one.at = getelementptr i64, ptr %at, i64 %i
  %one.number = load i64, ptr %one.at
  %one.place = add i64 %one.number, {first}
  %one.in = getelementptr i64, ptr %state, i64 %one.place
  br label %others
others:
  %j = phi i64 [%i.next, %one], [%j.next, %two]
  %more.others = icmp slt i64 %j, %total
  br i1 %more.others, label %two, label %loop
two:
  %j.next = add i64 %j, 1
  %other.at = getelementptr i64, ptr %at, i64 %j
  %other.number = load i64, ptr %other.at
  %other.place = add i64 %other.number, {first}
  %other.in = getelementptr i64, ptr %state, i64 %other.place
{test}
  br i1 %apart, label %others, label %no
end:
  ret i64 %total
no:
  ret i64 0
"""


STEPS = {
    "lacks": (
        "$a *b",
        holds("  %found = call ptr @PyDict_GetItemWithError(ptr %a, ptr %b)\n  %holds = icmp eq ptr %found, null"),
    ),
    "same": ("$a *b", holds("  %holds = icmp eq ptr %a, %b")),
    "type": (
        "$a *b",
        holds(
            "  %type.at = getelementptr i8, ptr %a, i64 8\n  %type = load ptr, ptr %type.at\n"
            "  %holds = icmp eq ptr %type, %b"
        ),
    ),
    "sequence": (
        "$a *type n",
        holds(
            "  %type.at.a = getelementptr i8, ptr %a, i64 8\n  %type.a = load ptr, ptr %type.at.a\n"
            "  %size.at = getelementptr i8, ptr %a, i64 16\n  %size = load i64, ptr %size.at\n"
            "  %same.type = icmp eq ptr %type.a, %type\n  %same.size = icmp eq i64 %size, %n\n"
            "  %holds = and i1 %same.type, %same.size"
        ),
    ),
    "function": (
        "$a *type *code *globals",
        """  %type.at.a = getelementptr i8, ptr %a, i64 8
  %type.a = load ptr, ptr %type.at.a
  %is.function = icmp eq ptr %type.a, %type
  br i1 %is.function, label %ask, label %no
ask:
  %own.code = call ptr @PyFunction_GetCode(ptr %a)
  %same.code = icmp eq ptr %own.code, %code
  %own.globals = call ptr @PyFunction_GetGlobals(ptr %a)
  %same.globals = icmp eq ptr %own.globals, %globals
  %both = and i1 %same.code, %same.globals
  %done = select i1 %both, i64 {words}, i64 0
  ret i64 %done
no:
  ret i64 0
""",
    ),
    "entry": (
        "*a *b *value",
        holds("  %own = call ptr @PyDict_GetItemWithError(ptr %a, ptr %b)\n  %holds = icmp eq ptr %own, %value"),
    ),
    "list entry": (
        "*a n *value",
        holds("  %own = call ptr @PyList_GetItem(ptr %a, i64 %n)\n  %holds = icmp eq ptr %own, %value"),
    ),
    "size": ("$a n", holds("  %size = call i64 @PyObject_Size(ptr %a)\n  %holds = icmp eq i64 %size, %n")),
    "equal": (
        "$a *b",
        holds("  %is = call i32 @PyObject_RichCompareBool(ptr %a, ptr %b, i32 2)\n  %holds = icmp eq i32 %is, 1"),
    ),
    "tuple item": (
        "to $a n",
        """  %value = call ptr @PyTuple_GetItem(ptr %a, i64 %n)
  %register = getelementptr ptr, ptr %state, i64 %to
  store ptr %value, ptr %register
  %none = icmp eq ptr %value, null
  %done = select i1 %none, i64 0, i64 {words}
  ret i64 %done
""",
    ),
    "list item": ("to $a n", borrowed("@PyList_GetItem(ptr %a, i64 %n)")),
    "dict item": ("to $a *b", borrowed("@PyDict_GetItemWithError(ptr %a, ptr %b)")),
    "item": ("to $a *b", new("@PyObject_GetItem(ptr %a, ptr %b)")),
    "attribute": ("to $a *b", new("@PyObject_GetAttr(ptr %a, ptr %b)")),
    "code": ("to $a", borrowed("@PyFunction_GetCode(ptr %a)")),
    "globals": ("to $a", borrowed("@PyFunction_GetGlobals(ptr %a)")),
    "closure": ("to $a", borrowed("@PyFunction_GetClosure(ptr %a)")),
    "cell": ("to $a", new("@PyCell_Get(ptr %a)")),
    "known": (
        "to *a",
        "  %register = getelementptr ptr, ptr %state, i64 %to\n  store ptr %a, ptr %register\n  ret i64 {words}\n",
    ),
    "made by": ("to *f $a", new("@with(ptr %f, ptr %a)")),
    "called": ("to *f $a", new("@PyObject_Call(ptr %f, ptr %a, ptr null)")),
    "tuple": ("to count", filled("Tuple", ENTRY.replace("{what}", "Tuple"))),
    "list": ("to count", filled("List", ENTRY.replace("{what}", "List"))),
    "dict": ("to count", filled("Dict", PAIR, 2)),
    "constant": ("to n", arithmetic("%value = add i64 %n, 0")),
    "add": ("to #a #b", arithmetic("%value = add i64 %a, %b")),
    "subtract": ("to #a #b", arithmetic("%value = sub i64 %a, %b")),
    "multiply": ("to #a #b", arithmetic("%value = mul i64 %a, %b")),
    "larger": ("to #a #b", arithmetic("%first = icmp sge i64 %a, %b\n  %value = select i1 %first, i64 %a, i64 %b")),
    "smaller": ("to #a #b", arithmetic("%first = icmp sle i64 %a, %b\n  %value = select i1 %first, i64 %a, i64 %b")),
    "length": (
        "to $a n",
        field("a", "shape")
        + arithmetic("%length.at = getelementptr i64, ptr %a.shape, i64 %n\n  %value = load i64, ptr %length.at"),
    ),
    "integer": (
        "to $a",
        """  %value = call i64 @PyNumber_AsSsize_t(ptr %a, ptr null)
  %unusual = icmp eq i64 %value, -1
  br i1 %unusual, label %ask, label %fine
ask:
  %error = call ptr @PyErr_Occurred()
  %none = icmp eq ptr %error, null
  br i1 %none, label %fine, label %no
fine:
  %done = call i64 @number(ptr %state, i64 %to, i64 %value, i64 {words})
  ret i64 %done
no:
  ret i64 0
""",
    ),
    "holds": (
        "*f $a",
        """  %answer = call ptr @with(ptr %f, ptr %a)
  %none = icmp eq ptr %answer, null
  br i1 %none, label %no, label %ask
ask:
  %is = call i32 @PyObject_IsTrue(ptr %answer)
  call void @Py_DecRef(ptr %answer)
  %yes = icmp eq i32 %is, 1
  %done = select i1 %yes, i64 {words}, i64 0
  ret i64 %done
no:
  ret i64 0
""",
    ),
    "context": (
        "*variable *b",
        """  %place = alloca ptr
  store ptr null, ptr %place
  %failed = call i32 @PyContextVar_Get(ptr %variable, ptr null, ptr %place)
  %value = load ptr, ptr %place
  %fine = icmp eq i32 %failed, 0
  %is = icmp eq ptr %value, %b
  %both = and i1 %fine, %is
  %done = select i1 %both, i64 {words}, i64 0
  %none = icmp eq ptr %value, null
  br i1 %none, label %end, label %release
release:
  call void @Py_DecRef(ptr %value)
  br label %end
end:
  ret i64 %done
""",
    ),
    "keys": (
        "$a count",
        """  %place = alloca i64
  %key.place = alloca ptr
  store i64 0, ptr %place
  br label %loop
loop:
  %i = phi i64 [0, %0], [%next, %fits]
  %found = call i32 @PyDict_Next(ptr %a, ptr %place, ptr %key.place, ptr null)
  %more = icmp ne i32 %found, 0
  %last = icmp eq i64 %i, %count
  %both = xor i1 %more, %last
  br i1 %both, label %go, label %no
go:
  br i1 %last, label %end, label %one
one:
  %next = add i64 %i, 1
  %k = add i64 %i, {words}
  %wanted.at = getelementptr ptr, ptr %at, i64 %k
  %wanted = load ptr, ptr %wanted.at
  %key = load ptr, ptr %key.place
  %is = icmp eq ptr %key, %wanted
  br i1 %is, label %fits, label %other
other:
  %type.at = getelementptr i8, ptr %key, i64 8
  %type = load ptr, ptr %type.at
  %type.wanted.at = getelementptr i8, ptr %wanted, i64 8
  %type.wanted = load ptr, ptr %type.wanted.at
  %same.type = icmp eq ptr %type, %type.wanted
  br i1 %same.type, label %compare, label %no
compare:
  %equal = call i32 @PyObject_RichCompareBool(ptr %key, ptr %wanted, i32 2)
  %agrees = icmp eq i32 %equal, 1
  br i1 %agrees, label %fits, label %no
fits:
  br label %loop
end:
  %total = add i64 %count, {words}
  ret i64 %total
no:
  ret i64 0
""",
    ),
    "different": (
        "count",
        pairs(
            """  %one.object = load ptr, ptr %one.in
  %other.object = load ptr, ptr %other.in
  %apart = icmp ne ptr %one.object, %other.object""",
            0,
        ),
    ),
    "apart": (
        "count",
        pairs(
            """  %one.low = load i64, ptr %one.in
  %one.high.at = getelementptr i64, ptr %one.in, i64 1
  %one.high = load i64, ptr %one.high.at
  %other.low = load i64, ptr %other.in
  %other.high.at = getelementptr i64, ptr %other.in, i64 1
  %other.high = load i64, ptr %other.high.at
  %before = icmp ule i64 %one.high, %other.low
  %after = icmp ule i64 %other.high, %one.low
  %apart = or i1 %before, %after""",
            INTEGER,
        ),
    ),
    **ARRAYS,
    "return": (
        "$a",
        f"""  call void @Py_IncRef(ptr %a)
  %result = getelementptr ptr, ptr %state, i64 {RESULT}
  store ptr %a, ptr %result
  ret i64 -1
""",
    ),
}
