"""Code for LLVM of loops over ranges, without what it would take out first.

Numba makes a range, then what goes through it, and in each iteration a pair, each of them in memory of its own, and
divides by the step. All that a loop needs is a number, and how many are left.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from llvmlite.ir import Constant, Undefined
from llvmlite.ir.instructions import InsertValue
from numba.core import ir, types
from numba.core.lowering import Lower

from zygote_nb.dataclass import dataclass

EXPRESSION = Lower.lower_expr
START, STOP, STEP = range(3)


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a loop's next number is, and how many are left."""

    number: Any
    left: Any
    step: Any


def expression(lower: Lower, resty: Any, expr: Any) -> Any:
    op = expr.op
    if op == "call" and type(resty) is types.RangeType:
        return made(lower, resty, expr)
    if op == "getiter" and type(resty) is types.RangeIteratorType:
        return begun(lower, resty, expr)
    if op == "iternext" and (loop := loops(lower).get(expr.value.name)):
        return continued(lower, resty, loop)
    if op in ("pair_first", "pair_second") and isinstance(resty, types.Integer | types.Boolean):
        return lower.builder.extract_value(lower.loadvar(expr.value.name), int(op == "pair_second"))
    return EXPRESSION(lower, resty, expr)


def loops(lower: Lower) -> dict[str, Loop]:
    """Those that go on, by the variables that hold what goes through the range."""
    found: dict[str, Loop] = lower.__dict__.setdefault("loops_over_ranges", {})
    return found


def made(lower: Lower, kind: Any, expr: Any) -> Any:
    """A range, of which can be seen what it is made of."""
    signature, function = lower.fndesc.calltypes[expr], lower.typeof(expr.func.name)
    plain = signature.return_type == kind and not expr.vararg and not expr.kws
    if getattr(function, "typing_key", None) is not range or not plain:
        return EXPRESSION(lower, kind, expr)
    given = lower.fold_call_args(function, signature, expr.args, None, ())
    start, step = (lower.context.get_constant(kind.dtype, i) for i in (0, 1))
    parts = (start, *given, step) if len(given) == 1 else (*given, step)[:3]
    return with_parts(lower, kind, parts)


def with_parts(lower: Lower, kind: Any, parts: tuple[Any, ...]) -> Any:
    value = Constant(lower.context.get_value_type(kind), Undefined)
    for place, part in enumerate(parts):
        value = lower.builder.insert_value(value, part, place)
    return value


def part(value: Any, place: int) -> Any:
    """What such a value is made of, or None."""
    while isinstance(value, InsertValue):
        if tuple(value.indices) == (place,):
            return value.operands[1]
        value = value.operands[0]
    return None


def begun(lower: Lower, kind: Any, expr: Any) -> Any:
    """What goes through a range from one number to the next, or to the one before."""
    builder, whole = lower.builder, lower.loadvar(expr.value.name)
    start, stop, step = (part(whole, place) for place in (START, STOP, STEP))
    if not isinstance(step, Constant) or step.constant not in (1, -1) or lower.func_ir.is_generator:
        return EXPRESSION(lower, kind, expr)
    with builder.goto_entry_block():
        number, left = (builder.alloca(start.type) for _ in range(2))
    many = builder.sub(*((stop, start) if step.constant == 1 else (start, stop)))
    builder.store(start, number)
    builder.store(many, left)  # less than zero is none: a choice here hides from LLVM how often the loop runs
    value = with_parts(lower, kind, (number, stop, step, left))
    lower.__dict__.setdefault("begun_loops", {})[id(value)] = value, Loop(number, left, step)
    return value


def noted(lower: Lower, value: Any, name: str) -> None:
    """A variable is bound, to what goes through a range perhaps."""
    begun = lower.__dict__.get("begun_loops")
    if begun and id(value) in begun and times_assigned(lower)[name] == 1:
        loops(lower)[name] = begun[id(value)][1]


def times_assigned(lower: Lower) -> Counter[str]:
    if "times_assigned" not in lower.__dict__:
        assigned = (a for b in lower.func_ir.blocks.values() for a in b.body if type(a) is ir.Assign)
        lower.__dict__["times_assigned"] = Counter(a.target.name for a in assigned)
    found: Counter[str] = lower.__dict__["times_assigned"]
    return found


def continued(lower: Lower, kind: Any, loop: Loop) -> Any:
    """The next number, and whether there is one.

    LLVM knows how often a loop runs that changes nothing where it ends.
    """
    builder = lower.builder
    left, number = builder.load(loop.left), builder.load(loop.number)
    any_left = builder.icmp_signed(">", left, Constant(left.type, 0))
    with builder.if_then(any_left):
        builder.store(builder.sub(left, Constant(left.type, 1), flags=["nsw"]), loop.left)
        builder.store(builder.add(number, loop.step), loop.number)
    return with_parts(lower, kind, (number, any_left))
