"""What can't be differentiated yet, refused before anything is generated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis import alias
from zygote_nb.analysis.hidden import Origin, reaches
from zygote_nb.analysis.order import OfCallee, Order
from zygote_nb.dataclass import replace
from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    Accumulate,
    Apply,
    Assign,
    Attempt,
    Block,
    Const,
    Effect,
    Expr,
    Function,
    Name,
    Stmt,
    Store,
    in_steps,
    is_getitem,
)
from zygote_nb.ir.kinds import Array, Kind, Opaque, Static, TupleOf, is_memory, parts_of
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import (
    blocks,
    expressions,
    is_step,
    names,
    root,
    statements,
    step_blocks,
    subexpressions,
    with_blocks,
)
from zygote_nb.rules import registry
from zygote_nb.runtime import indexing, steering
from zygote_nb.runtime.implicit import FEWER, followed
from zygote_nb.runtime.libraries import read_only
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.rule import complexes
from zygote_nb.transform.split import PullbackOf


def check_complex(prepared: Prepared, constant: Callable[[Any], bool]) -> None:
    """Calls that complex numbers take part in have derivatives of their own, or none."""
    function = prepared.function
    for stmt in statements(function.body):
        for whole in expressions(stmt):
            for e in subexpressions(whole):
                complexes.check(e, prepared.varied, constant, function.filename, stmt.span)
                check_part(prepared, e, stmt)
    for whole in function.result:
        for e in subexpressions(whole):
            complexes.check(e, prepared.varied, constant, function.filename, function.exit)


PARTS = {np.real, np.imag, Attribute("real"), Attribute("imag")}


def check_part(prepared: Prepared, expr: Expr, stmt: Stmt) -> None:
    """The real part of an array is a view of it: what is written through one is not seen through the other."""
    if not isinstance(expr, Apply) or expr.fn not in PARTS or not complexes.takes_complex(expr):
        return
    target = getattr(stmt, "target", None)
    held = alias.sharing(expr.args[0]) | ({target} if target is not None else set())
    if isinstance(expr.kind, Array) and any(map(prepared.memory.is_written, held)):
        at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
        what = "real and imaginary part of an array share its memory, which is written to"
        raise UnsupportedSyntaxError(what, at=at, hint="take the part of a copy: np.copy(z).real")


def check_lost(function: Function, results: tuple[Expr, ...], origins: tuple[Origin, ...]) -> None:
    """A number that depends on an input through a call without derivative would have a silent zero."""
    found = [o for r, o in zip(results, origins, strict=False) if reaches(r, o) and o is not None]
    if not found:
        return
    call = found[0]
    at = Location(function.filename, call.span.line, call.span.col, None) if call.span.line else None
    whole = show(call) if call.fn is not read_only else f"{show(call.args[0])}(...)"
    what = f"`{whole}` depends on what is differentiated, reaches the result, and has no derivative"
    hint = "compute it with functions that have one, or say that it is constant: zg.ignore_derivatives(...)"
    raise NoRuleError(what, at=at, hint=hint)


IDENTITIES = {steering.detached: "ignore_derivatives", steering.hooked: "hook", steering.shown: "showgrad"}


def check_identities(prepared: Prepared) -> None:
    """The array that ``ignore_derivatives``, ``hook`` or ``showgrad`` returns is its argument: none may write to it."""
    memory = prepared.memory
    for stmt in statements(prepared.function.body):
        for e in (e for whole in expressions(stmt) for e in subexpressions(whole)):
            if not isinstance(e, Apply) or e.fn not in IDENTITIES or not isinstance(e.kind, Array):
                continue
            base = root(e.args[-1])
            named = [n for n in (base, getattr(stmt, "target", None)) if n is not None]
            if any(memory.is_written(n) for n in named):
                at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
                what = f"an array that goes through `{IDENTITIES[e.fn]}` is written to"
                raise UnsupportedSyntaxError(what, at=at, hint="hand over a copy: x.copy()")


def check_results_of_rules(
    prepared: Prepared, pullback_of: PullbackOf, hold_apart: Callable[[Apply], bool], is_called: bool
) -> None:
    """What a rule of the user's returns may be its argument, or a view of it: then none may write to either.

    A rule that is called is held to that as the program runs, by ``hold_apart``. To what a callee hands back its caller
    may write.
    """
    memory, function = prepared.memory, prepared.function
    returned = {n for r in function.result for n in alias.sharing(r)} if is_called else set()
    handed_back = set(map(memory.group, returned))
    for stmt in statements(function.body):
        if not isinstance(stmt, Assign) or not isinstance(stmt.value, Apply):
            continue
        call, rule = stmt.value, registry.lookup(stmt.value.fn)
        if rule is None or rule.built_in or rule.form != "reverse" or not any(map(is_memory, parts_of(call.kind))):
            continue
        given = set().union(*map(alias.sharing, (*call.args, *(v for _, v in call.kwargs))))
        touched = {stmt.target, *read_from(stmt.target, function), *given}
        if not given or not any(memory.is_written(n) or memory.group(n) in handed_back for n in touched):
            continue
        made = pullback_of(call)
        if made is not None and not hold_apart(call) and made.value is not None and alias.sharing(made.value):
            at = Location(function.filename, stmt.span.line, stmt.span.col, None)
            raise returns_memory(call, at)


def returns_memory(call: Apply, at: Location | None) -> UnsupportedSyntaxError:
    what = f"`{registry.name_of(call.fn)}` returns memory of its argument, and either may be written to"
    return UnsupportedSyntaxError(what, at=at, hint="write to a copy, or let the rule return one")


def calls_to_hold_apart(prepared: Prepared, is_called: bool) -> set[Expr]:
    """Calls that have a forward rule of the user's, and of which the result, or an argument, may be written to."""
    memory, function = prepared.memory, prepared.function
    handed_back = {memory.group(n) for r in function.result for n in alias.sharing(r)} if is_called else set()
    found: set[Expr] = set()
    for stmt in statements(function.body):
        for call in (e for whole in expressions(stmt) for e in subexpressions(whole)):
            rule = registry.lookup_forward(call.fn) if isinstance(call, Apply) else None
            if rule is None or rule.built_in or not any(map(is_memory, parts_of(call.kind))):
                continue
            assert isinstance(call, Apply)
            touched = set().union(*map(alias.sharing, (*call.args, *(v for _, v in call.kwargs))))
            if touched and isinstance(stmt, Assign):
                touched |= {stmt.target, *read_from(stmt.target, function)}
            elif touched and not isinstance(stmt, Store | Accumulate):
                found.add(call)
            if any(memory.is_written(n) or memory.group(n) in handed_back for n in touched):
                found.add(call)
    return found


def read_from(name: str, function: Function) -> set[str]:
    """The variables that hold entries of a result that is a tuple."""
    assigned = (s for s in statements(function.body) if isinstance(s, Assign))
    return {s.target for s in assigned if is_memory_of(s.value) and name in names(s.value)}


def is_memory_of(value: Expr) -> bool:
    entry = value.args[0] if isinstance(value, Apply) and value.fn is np.copy else value
    return is_entry(entry)


def check_followed(instance: Instance) -> None:
    """A fixed point in the function must have been followed for one derivative more than it has had."""
    for stmt in statements(instance.function.body):
        for e in (e for whole in expressions(stmt) for e in subexpressions(whole)):
            if isinstance(e, Apply) and e.fn is followed and e.args[1].value <= instance.level:  # type: ignore[union-attr]
                at = Location(instance.function.filename, stmt.span.line, stmt.span.col, None)
                raise NoRuleError(FEWER, at=at, hint="use finite differences of a derivative")


def check_reshapes(prepared: Prepared, of_callee: OfCallee) -> None:
    """A reshape of memory that is written to must be a view for sure."""
    order = Order(prepared.function)
    asked: set[str] = set()
    for stmt, needs in order.needed(prepared.memory, of_callee, prepared.varied):
        if needs is None:
            at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
            base = root(stmt.value) if isinstance(stmt, Assign) else None
            what = f"`{base}` is" if base else "an array that is handed over is"
            what += " reshaped and written to, and whether NumPy copies depends on its layout"
            copy = f"`{base}.copy()`" if base else "a copy (`x.copy()`)"
            raise UnsupportedSyntaxError(what, at=at, hint=f"reshape {copy}, or write to the array itself")
        for p in sorted(needs - asked):
            check = Apply(indexing.require_c_order, (Name(p, order.params[p]), Const(p, Static(p))), (), Opaque())
            prepared.checks.append(Effect(check, stmt.span))
        asked |= needs


def check_partial_views(prepared: Prepared) -> None:
    """What shares memory in a way that only values tell can't be written to."""
    for stmt in statements(prepared.function.body):
        shares = isinstance(stmt, Assign) and alias.has_partial(stmt.value)
        if shares and prepared.memory.is_written(stmt.target):  # type: ignore[union-attr]
            at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
            what = "the result shares memory with the argument, and one of them is written to"
            raise UnsupportedSyntaxError(what, at=at, hint="write to a copy")


def checked_stores(function: Function, memory: alias.Memory) -> Function:
    """The function without what asks whether NumPy reads memory while it writes to it, which is refused."""

    def checked(block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            stored = read_while_written(stmt)
            if stored is not None and meet(memory, *stored):
                at = Location(function.filename, stmt.span.line, stmt.span.col, None)
                what = "NumPy reads what is stored while it writes to the same memory"
                raise UnsupportedSyntaxError(what, at=at, hint="store a copy: np.copy(...)")
            if not is_question(stmt):
                new = with_blocks(stmt, tuple(map(checked, blocks(stmt)))) if blocks(stmt) else stmt
                out.append(without_empty_steps(new) if isinstance(new, Attempt) else new)
        return tuple(out)

    body = checked(function.body)
    return replace(function, body=body) if any(map(is_question, statements(function.body))) else function


def without_empty_steps(attempt: Attempt) -> Attempt:
    """The attempt without steps of which nothing is left."""
    steps = [step for step in step_blocks(attempt) if step]
    if len(steps) == len(attempt.body) or not all(is_step(attempt, s) for s in attempt.body):
        return attempt
    return replace(attempt, body=in_steps(steps, attempt.caught, attempt.done))


def is_question(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and isinstance(stmt.value, Apply) and stmt.value.fn is indexing.require_apart


def read_while_written(stmt: Stmt) -> tuple[Expr, Expr] | None:
    """The array that is written to, and what NumPy reads meanwhile; of other stores it makes a copy if it must."""
    match stmt:
        case Effect(value=Apply(fn=indexing.require_apart, args=(target, values))):
            return target, values
        case Store(base=base, index=index, value=value) if isinstance(value.kind, Array) and value.kind.ndim:
            return (base, value) if is_mask(index, base.kind) else None
    return None


def is_mask(index: Expr, array: Kind) -> bool:
    """Whether the index says of each entry of the array whether it is meant."""
    kind = index.kind
    return isinstance(kind, Array) and isinstance(array, Array) and (kind.dtype, kind.ndim) == ("bool", array.ndim)


def meet(memory: alias.Memory, one: Expr, other: Expr) -> bool:
    """Whether the two may share memory."""
    groups = [set(map(memory.group, alias.sharing(e))) for e in (one, other)]
    return not groups[0].isdisjoint(groups[1])


def check_entries(prepared: Prepared) -> None:
    """An entry of a tuple of results is memory that is known by one name, or isn't written to."""
    reads = entries_read(prepared.function)
    for stmt in statements(prepared.function.body):
        named = isinstance(stmt, Assign) and reads[stmt.value] > 1 and prepared.memory.is_written(stmt.target)
        if named or (isinstance(stmt, Store) and any(map(is_entry, subexpressions(stmt.base)))):
            at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
            what = "one of several results of a function is written to, and has no name of its own"
            raise UnsupportedSyntaxError(what, at=at, hint="write to a copy of it")


def entries_read(function: Function) -> Counter[Expr]:
    """How often each array in a tuple of a library function is read."""
    reads: Counter[Expr] = Counter()
    for stmt in statements(function.body):
        reads.update(e for whole in expressions(stmt) for e in subexpressions(whole) if is_entry(e))
    reads.update(e for r in function.result for e in subexpressions(r) if is_entry(e))
    return reads


def is_entry(expr: Expr) -> bool:
    """Whether the expression is an array in a tuple that a library function returned."""
    return is_getitem(expr) and isinstance(expr.args[0].kind, TupleOf) and is_memory(expr.kind)  # type: ignore[union-attr]
