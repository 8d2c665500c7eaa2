"""Steps that look at arrays, and make them: see ``steps``."""

from __future__ import annotations

from zygote_nb.backend.words import INTEGER, LENGTH, LENGTHS, SEEN, field, holds, new

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

ARRAYS = {
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
}
