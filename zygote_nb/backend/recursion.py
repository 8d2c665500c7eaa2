"""Functions that call themselves, as they are compiled.

What such a function keeps for the way back holds what its inner calls keep: a type without end, which Numba does not
know. So these tapes are records in a list, which the outermost function makes and hands down, and what goes from hand
to hand is the number of a record. Lists that are part of records are one list for all calls, too, where that can be
(``chains``); where nothing else is kept, the number of an entry of it is the tape, and there are no records. The depth
of the calls is counted, since nothing else keeps compiled code from running over the end of the stack.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from zygote_nb.backend.chains import chained, last_of
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    ZERO,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Invoke,
    Name,
    Stmt,
    Tuple,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf, Opaque, Scalar, Static, TupleOf
from zygote_nb.ir.walk import all_bound, all_read, blocks, statements, with_blocks
from zygote_nb.runtime.depth import ascend, descend, stack_room

Functions = tuple[Generated, ...]
ROOM = Array("int64", (None,))


@dataclass(frozen=True, slots=True)
class Recursion:
    """What the functions of a module, by name, are told: ``needs`` has further parameters for each.

    ``records`` names the list on which a forward half keeps its records, and those that its backward half reads.
    ``chains`` names the lists of entries that a half appends to or reads, ``makers`` the forward half of each.
    ``numbered`` are the forward halves whose tapes are numbers. ``inside`` has the functions whose tapes are part of
    records. ``first`` is the first record, where it is asked for what has the right type.
    """

    functions: dict[str, Generated]
    cyclic: frozenset[str]
    records: dict[str, str]
    chains: dict[str, tuple[str, ...]]
    makers: dict[str, tuple[str, Expr]]
    numbered: frozenset[str]
    needs: dict[str, tuple[str, ...]]
    inside: frozenset[str]
    room: str
    first: str


def with_records(functions: Functions) -> Functions:
    """The functions, the last of which is called from Python, with the tapes of those that call themselves on lists."""
    told = recursion(functions)
    *inner, last = functions
    return (*(with_parameters(f, told) for f in inner), outermost(last, told))


def recursion(functions: Functions) -> Recursion:
    """What functions are told of those that call themselves."""
    by_name = {f.name: f for f in functions}
    reached = {name: reach(name, by_name) for name in by_name}
    cyclic = calling_themselves(functions)
    fresh = namer(functions)
    room = fresh("room")
    records: dict[str, str] = {}
    chains: dict[str, tuple[str, ...]] = {}
    makers: dict[str, tuple[str, Expr]] = {}
    bundling = sorted(name for name in cyclic if by_name[name].bundled is not None)
    numbers = {name: by_name[name].bundled for name in bundling}
    for name in bundling:
        stem = name.removesuffix("_forward")
        other = f"{stem}_backward"
        pair = chained(by_name[name], by_name[other], fresh, numbers) if other in by_name else None
        if pair is not None:
            by_name |= {name: pair.first, other: pair.second}
            chains[name] = chains[other] = tuple(pair.entries)
            makers |= {entries: (name, value) for entries, value in pair.entries.items()}
        if pair is None or not pair.alone:
            records[name] = records[other] = fresh(f"{stem}_records")
    lists = {name: {*chains.get(name, ()), *((records[name],) if name in records else ())} for name in by_name}
    needs = {name: handed_down(found | {name}, lists, cyclic, room) for name, found in reached.items()}
    inside = frozenset(n for m in bundling for n in (m, *reached[m]) if by_name[n].bundled is not None)
    return Recursion(by_name, cyclic, records, chains, makers, frozenset(bundling), needs, inside, room, fresh("first"))


def calling_themselves(functions: Functions) -> frozenset[str]:
    """The names of the functions that call themselves, directly or not."""
    by_name = {f.name: f for f in functions}
    return frozenset(name for name in by_name if name in reach(name, by_name))


def reach(name: str, functions: dict[str, Generated]) -> frozenset[str]:
    """The functions that are called from a function, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        f = functions[waiting.pop()]
        called = {s.callee for s in statements((*f.forward, *f.backward)) if isinstance(s, Invoke)} - found
        found |= called
        waiting += called
    return frozenset(found)


def namer(functions: Functions) -> Callable[[str], str]:
    taken = {f.name for f in functions}
    for f in functions:
        body = (*f.forward, *f.backward)
        taken |= {*f.params, *all_bound(body), *all_read(body)}

    def fresh(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    return fresh


def handed_down(
    reached: frozenset[str], lists: dict[str, set[str]], cyclic: frozenset[str], room: str
) -> tuple[str, ...]:
    found = sorted(set().union(*(lists[name] for name in reached)))
    return (*found, room) if reached & cyclic else tuple(found)


def outermost(f: Generated, told: Recursion) -> Generated:
    """The function that is called from Python, which makes the lists; of each the first entry gives the type."""
    changed = with_calls(f, told)
    return replace(changed, forward=(*beginnings(told.needs[f.name], told), *changed.forward))


def beginnings(needs: tuple[str, ...], told: Recursion) -> list[Stmt]:
    """What is handed down, as it is in the beginning."""
    makers = {told.records[name]: told.functions[name] for name in told.records if name.endswith("_forward")}
    made: list[Stmt] = []
    for name in needs:
        if name == told.room:
            made.append(Assign(name, Apply(stack_room, (), (), ROOM)))
            continue
        if name in makers:
            maker = makers[name]
            first = example(maker.results[maker.bundled or 0], maker, told)
        else:
            half, value = told.makers[name]
            items = value.items if isinstance(value, Tuple) else (value,)
            first = Tuple((*(example(i, told.functions[half], told) for i in items), INT_ZERO))
        made.append(Assign(name, Tuple((first,), list, ListOf(Opaque("record")))))
    return made


def with_parameters(f: Generated, told: Recursion) -> Generated:
    """A function that is given what it hands down, keeps or finds its record, and counts if it may call itself."""
    changed = with_calls(told.functions[f.name], told)
    forward, backward, results = changed.forward, changed.backward, changed.results
    if f.name in told.records and f.bundled is not None:
        name = told.records[f.name]
        number = last_of(name)
        first = Apply(operator.getitem, (Name(name, Opaque()), INT_ZERO), (), Opaque())
        before = (Assign(told.first, first),) if told.first in all_read(forward) else ()
        forward = (*before, *forward, Append(name, results[f.bundled]))
        results = tuple(number if i == f.bundled else r for i, r in enumerate(results))
    elif f.name in told.records and f.tape is not None:
        record = Apply(operator.getitem, (Name(told.records[f.name], Opaque()), Name(f.tape, INT)), (), Opaque())
        backward = (Assign(f.tape, record), *backward)
    if f.name in told.cyclic:
        begins, ends = (Effect(Apply(fn, (Name(told.room, ROOM),), (), Opaque())) for fn in (descend, ascend))
        backward = (*(() if forward else (begins,)), *backward, *((ends,) if backward else ()))
        forward = (begins, *forward, *(() if backward else (ends,))) if forward else ()
    return replace(
        changed, params=(*f.params, *told.needs[f.name]), forward=forward, backward=backward, results=results
    )


def with_calls(f: Generated, told: Recursion) -> Generated:
    """The function with what it hands down in its calls. Where it has no tape yet, it has one of the same type."""
    tapes = {s.targets[place] for s, place in keeping_calls(f, told)}

    def changed(block: Block) -> Block:
        return tuple(of_stmt(s) for s in block)

    def of_stmt(stmt: Stmt) -> Stmt:
        match stmt:
            case Invoke():
                args = map(number_of_any_value, stmt.args) if stmt.callee in told.cyclic else stmt.args
                return replace(stmt, args=(*args, *(Name(n, Opaque()) for n in told.needs[stmt.callee])))
            case Assign(value=Const(value=None)) if stmt.target in tapes:
                return replace(stmt, value=example(Name(stmt.target, Opaque()), f, told))
            case Assign(value=Tuple(items=(), cls=cls)) if cls is list and f.name in told.inside:
                return replace(stmt, value=without_entries(stmt.target, stmt.value, f, told))
            case Assign(value=Apply(fn=np.empty, args=(Tuple(items=sizes), *_))) if set(sizes) == {INT_ZERO}:
                return replace(stmt, value=of_record(stmt.target, f, told) or stmt.value)
        return with_blocks(stmt, tuple(map(changed, blocks(stmt))))

    return replace(f, forward=changed(f.forward), backward=changed(f.backward))


def number_of_any_value(expr: Expr) -> Expr:
    """An argument; Numba has a type for each integer that it sees, and functions of several types lose each other."""
    match expr:
        case Const(kind=Scalar(dtype="int64" | "bool" as dtype)):
            return Apply(int if dtype == "int64" else bool, (expr,), (), expr.kind)
    return expr


def keeping_calls(f: Generated, told: Recursion) -> list[tuple[Invoke, int]]:
    """The calls of forward halves, with the position of the tape among what they return."""
    calls = [s for s in statements((*f.forward, *f.backward)) if isinstance(s, Invoke)]
    places = [(s, told.functions[s.callee].bundled) for s in calls]
    return [(s, place) for s, place in places if place is not None]


def numbers(f: Generated, told: Recursion) -> frozenset[str]:
    """The variables of a function that are tapes of functions that call themselves, and so numbers."""
    return frozenset(s.targets[place] for s, place in keeping_calls(f, told) if s.callee in told.numbered)


def example(expr: Expr, f: Generated, told: Recursion) -> Expr:
    """Something of the type that an expression has in a forward half."""
    match expr:
        case Tuple():
            return replace(expr, items=tuple(example(i, f, told) for i in expr.items))
        case Name() if expr.id in numbers(f, told):
            return INT_ZERO
        case Name(kind=Opaque() | ListOf()):
            return held(expr.id, f, told)
    return of_kind(expr.kind)


def held(name: str, f: Generated, told: Recursion) -> Expr:
    """Something of the type of a list that the function makes, or of what a callee keeps."""
    for stmt in statements(f.forward):
        match stmt:
            case Append(base=base) if base == name:
                return Tuple((example(stmt.value, f, told),), list, ListOf(Opaque()))
            case Invoke() if name in stmt.targets:
                callee = told.functions[stmt.callee]
                return example(callee.results[stmt.targets.index(name)], callee, told)
    raise NotCompiled(f"what {f.name.removesuffix('_forward')} keeps for the way back has no type known beforehand")


def without_entries(name: str, begun: Expr, f: Generated, told: Recursion) -> Expr:
    """An empty list that has its type from the beginning: the one that it has as a part of a record."""
    if not any(isinstance(s, Append) and s.base == name for s in statements(f.forward)):
        return begun
    one, none = of_record(name, f, told) or held(name, f, told), Const(None, Static(None))
    rest = Apply(slice, (INT_ONE, none, none), (), Opaque("slice"))
    return Apply(operator.getitem, (one, rest), (), begun.kind)


def of_record(name: str, f: Generated, told: Recursion) -> Expr | None:
    """The list that the first record has in the place of a list; a record of several parts is a tuple."""
    bundle = f.results[f.bundled] if f.name in told.records and f.bundled is not None else None
    for place, part in enumerate(bundle.items if isinstance(bundle, Tuple) else ()):
        if isinstance(part, Name) and part.id == name:
            return Apply(operator.getitem, (Name(told.first, Opaque()), Const(place, INT)), (), Opaque())
    return None


def of_kind(kind: Kind) -> Expr:
    match kind:
        case Scalar(dtype="bool"):
            return FALSE
        case Scalar():
            return INT_ZERO if kind.dtype[0] in "iu" else ZERO
        case Array():
            return empty(kind)
        case ListOf(item=item) if item is not None:
            return Tuple((of_kind(item),), list, kind)
        case TupleOf():
            return Tuple(tuple(map(of_kind, kind.items)), tuple, kind)
        case Static(value=None):
            return Const(None, kind)
    raise NotCompiled("what a function that calls itself keeps for the way back has no type known beforehand")


def empty(kind: Array) -> Expr:
    """An array without entries, laid out in the way that stands for every other."""
    dtype = Const(
        np.dtype(kind.dtype).type, Opaque("dtype"), f"np.{kind.dtype}" if kind.dtype != "bool" else "np.bool_"
    )
    whole = Apply(np.empty, (Tuple((INT_ZERO,) * kind.ndim), dtype), (), kind)
    if not kind.ndim:
        return whole
    none, two = Const(None, Static(None)), Const(2, INT)
    steps = (Apply(slice, (none, none, two), (), Opaque("slice")),) * kind.ndim
    return Apply(operator.getitem, (whole, Tuple(steps) if kind.ndim > 1 else steps[0]), (), kind)
