"""The steps of which programs for calls are made, in LLVM's language: see ``program``.

A step is a function of a state and of its own words in the program. It returns how many words it has, 0 if something is
not as it was, and less than 0 at the end. The state has registers for objects, and for integers. What a step puts into
a register is held until the program ends, whatever the code that runs meanwhile does to where it came from; but for
what the program itself holds, and entries of tuples, which stay.
"""

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


EXTENT = (
    field("a", "rank", "i32")
    + field("a", "shape")
    + field("a", "strides")
    + f"""  %rank = sext i32 %a.rank to i64
  %first = add i64 %a.data, %item
  br label %loop
loop:
  %k = phi i64 [0, %0], [%next, %one]
  %low = phi i64 [%a.data, %0], [%low.next, %one]
  %high = phi i64 [%first, %0], [%high.next, %one]
  %empty = phi i1 [false, %0], [%empty.next, %one]
  %more = icmp slt i64 %k, %rank
  br i1 %more, label %one, label %end
one:
  %next = add i64 %k, 1
  %length.at = getelementptr i64, ptr %a.shape, i64 %k
  %length = load i64, ptr %length.at
  %stride.at = getelementptr i64, ptr %a.strides, i64 %k
  %stride = load i64, ptr %stride.at
  %none = icmp eq i64 %length, 0
  %empty.next = or i1 %empty, %none
  %steps = sub i64 %length, 1
  %way = mul i64 %steps, %stride
  %back = icmp slt i64 %way, 0
  %down = select i1 %back, i64 %way, i64 0
  %up = select i1 %back, i64 0, i64 %way
  %low.next = add i64 %low, %down
  %high.next = add i64 %high, %up
  br label %loop
end:
  %from = select i1 %empty, i64 0, i64 %low
  %until = select i1 %empty, i64 0, i64 %high
  %place = add i64 %to, {INTEGER}
  %low.at = getelementptr i64, ptr %state, i64 %place
  store i64 %from, ptr %low.at
  %high.at = getelementptr i64, ptr %low.at, i64 1
  store i64 %until, ptr %high.at
  ret i64 {{words}}
"""
)
"""Addresses between which an array lies; an empty one lies nowhere."""
AXES = f"""  %seen.at = getelementptr i64, ptr %state, i64 {SEEN}
  %lengths = getelementptr i64, ptr %state, i64 {LENGTH}
  br label %loop
loop:
  %k = phi i64 [0, %0], [%next, %done]
  %more = icmp slt i64 %k, %rank
  br i1 %more, label %one, label %end
one:
  %next = add i64 %k, 1
  %word = add i64 %k, {{words}}
  %label.at = getelementptr i64, ptr %at, i64 %word
  %label = load i64, ptr %label.at
  %length.at = getelementptr i64, ptr %a.shape, i64 %k
  %length = load i64, ptr %length.at
  %kept.at = getelementptr i64, ptr %lengths, i64 %label
  %seen = load i64, ptr %seen.at
  %is.new = icmp eq i64 %label, %seen
  br i1 %is.new, label %others, label %known
known:
  %kept = load i64, ptr %kept.at
  %agrees = icmp eq i64 %kept, %length
  br i1 %agrees, label %done, label %no
others:
  %j = phi i64 [0, %one], [%j.next, %other]
  %no.more = icmp eq i64 %j, %seen
  br i1 %no.more, label %new, label %other
other:
  %j.next = add i64 %j, 1
  %other.at = getelementptr i64, ptr %lengths, i64 %j
  %other.length = load i64, ptr %other.at
  %clashes = icmp eq i64 %other.length, %length
  br i1 %clashes, label %no, label %others
new:
  store i64 %length, ptr %kept.at
  %seen.more = add i64 %seen, 1
  store i64 %seen.more, ptr %seen.at
  br label %done
done:
  br label %loop
end:
  %total = add i64 %rank, {{words}}
  ret i64 %total
no:
  ret i64 0
"""
"""Axes with one label are equally long, others not; label zero is for length one, and new labels come in turn."""

STEPS = {
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
    "extent": ("to $a item", field("a", "data", "i64") + EXTENT),
    "array": (
        "$a *type *dtype mask flags rank",
        """  %type.at.a = getelementptr i8, ptr %a, i64 8
  %type.a = load ptr, ptr %type.at.a
  %is.array = icmp eq ptr %type.a, %type
  br i1 %is.array, label %fields, label %no
fields:
"""
        + field("a", "rank", "i32")
        + field("a", "dtype")
        + field("a", "flags", "i32")
        + """  %rank.a = sext i32 %a.rank to i64
  %flags.a = sext i32 %a.flags to i64
  %masked = and i64 %flags.a, %mask
  %same.dtype = icmp eq ptr %a.dtype, %dtype
  %same.flags = icmp eq i64 %masked, %flags
  %same.rank = icmp eq i64 %rank.a, %rank
  %both = and i1 %same.dtype, %same.flags
  %all = and i1 %both, %same.rank
  %done = select i1 %all, i64 {words}, i64 0
  ret i64 %done
no:
  ret i64 0
""",
    ),
    "flags": (
        "$a mask wanted",
        holds(
            field("a", "flags", "i32")
            + """  %flags = sext i32 %a.flags to i64
  %masked = and i64 %flags, %mask
  %holds = icmp eq i64 %masked, %wanted"""
        ),
    ),
    "axes": ("$a rank", field("a", "shape") + AXES),
    "as long": (
        "$a n #b",
        holds(
            field("a", "shape")
            + """  %length.at = getelementptr i64, ptr %a.shape, i64 %n
  %length = load i64, ptr %length.at
  %holds = icmp eq i64 %length, %b"""
        ),
    ),
    "new like": (
        "to *maker *dtype $a",
        field("a", "rank", "i32")
        + field("a", "shape")
        + "  call void @Py_IncRef(ptr %dtype)\n"
        + new("%maker(i32 %a.rank, ptr %a.shape, ptr %dtype, i32 0)"),
    ),
    "new": (
        "to *maker *dtype count",
        f"""  %shape = alloca [{LENGTHS} x i64]
  br label %loop
loop:
  %i = phi i64 [0, %0], [%next, %one]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %end
one:
  %next = add i64 %i, 1
  %k = add i64 %i, {{words}}
  %number.at = getelementptr i64, ptr %at, i64 %k
  %number = load i64, ptr %number.at
  %place = add i64 %number, {INTEGER}
  %in = getelementptr i64, ptr %state, i64 %place
  %length = load i64, ptr %in
  %axis = getelementptr i64, ptr %shape, i64 %i
  store i64 %length, ptr %axis
  br label %loop
end:
  %rank = trunc i64 %count to i32
  %total = add i64 %count, {{words}}
  call void @Py_IncRef(ptr %dtype)
  %value = call ptr %maker(i32 %rank, ptr %shape, ptr %dtype, i32 0)
  %done = call i64 @put(ptr %state, i64 %to, ptr %value, i64 %total)
  ret i64 %done
""",
    ),
    "return": (
        "$a",
        f"""  call void @Py_IncRef(ptr %a)
  %result = getelementptr ptr, ptr %state, i64 {RESULT}
  store ptr %a, ptr %result
  ret i64 -1
""",
    ),
}
