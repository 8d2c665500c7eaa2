"""A lowered function made ready: analysed, and what the backward sweep will read given names."""

from __future__ import annotations

from functools import partial

import numpy as np

from zygote_nb.analysis import alias
from zygote_nb.analysis.activity import useful_variables, varied_variables
from zygote_nb.analysis.alias import Memory
from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Apply, Assign, Block, Function, Name, Stmt
from zygote_nb.ir.walk import blocks, names, with_blocks
from zygote_nb.transform.derive.derivation import Derivation, reserved
from zygote_nb.transform.derive.last_writes import with_last_writes
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.refusals import (
    check_complex,
    check_entries,
    check_identities,
    check_partial_views,
    check_reshapes,
    check_results_of_rules,
    entries_read,
    is_entry,
)
from zygote_nb.transform.derive.requirements import with_requirements
from zygote_nb.transform.reverse.state import PairOf, Reverse
from zygote_nb.transform.split import Splitter


def prepare(
    derivation: Derivation, instance: Instance, flags: tuple[bool, ...], pair_of: PairOf, is_called: bool = True
) -> tuple[Prepared, Reverse]:
    function = derivation.to_differentiate(instance)
    memory = derivation.memory(function)
    active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
    taken = reserved() | derivation.program.names | set(memory.kinds) | {p.name for p in function.params}
    users = frozenset(instance.source.code.co_varnames + instance.source.code.co_cellvars)
    taken |= {f"{n}{half}" for n in derivation.program.names for half in ("_forward", "_backward")}
    function = apart_from_itself(with_own_entries(function, memory), memory, taken)
    function = with_requirements(function, users, memory.kinds)
    memory = derivation.memory(function)
    taken |= set(memory.kinds)
    varied = varied_variables(function, active, memory, derivation.constant, derivation.activity)
    prepared = Prepared(function, memory, varied, taken, users)
    if not derivation.record_all:
        function = with_last_writes(function, varied, prepared.fresh)
        memory = derivation.memory(function)
        varied = varied_variables(function, active, memory, derivation.constant, derivation.activity)
    fresh = prepared.fresh
    pullback_of = derivation.pullback_of(fresh, function.filename)
    splitter = Splitter(
        varied,
        derivation.constant,
        pullback_of,
        prepared.fresh,
        memory.group,
        derivation.elementwise,
        derivation.callee_writes,
        function.filename,
    )
    prepared.function = splitter.function(function)
    prepared.memory = derivation.memory(prepared.function)
    prepared.varied = varied_variables(
        prepared.function, active, prepared.memory, derivation.constant, derivation.activity
    )
    check_reshapes(prepared, derivation.in_c_order)
    check_identities(prepared)
    check_results_of_rules(prepared, pullback_of, partial(derivation.hold_apart, fresh=fresh), is_called)
    check_entries(prepared)
    check_partial_views(prepared)
    check_complex(prepared, derivation.constant)
    reverse = Reverse(
        prepared.function,
        prepared.memory,
        prepared.varied,
        derivation.constant,
        pullback_of,
        derivation.elementwise,
        pair_of,
        prepared.fresh,
    )
    reverse.useful = frozenset(useful_variables(prepared.function, prepared.memory))
    return prepared, reverse


def with_own_entries(function: Function, memory: Memory) -> Function:
    """What is written to is a copy of the array that a library function returned among others: adjoints read those."""
    reads = entries_read(function)

    def own(stmt: Stmt) -> Stmt:
        stmt = with_blocks(stmt, tuple(tuple(map(own, block)) for block in blocks(stmt)))
        if isinstance(stmt, Assign) and is_entry(stmt.value) and memory.is_written(stmt.target):
            once = reads[stmt.value] == 1
            return replace(stmt, value=Apply(np.copy, (stmt.value,), (), stmt.value.kind)) if once else stmt
        return stmt

    return replace(function, body=tuple(map(own, function.body)))


def apart_from_itself(function: Function, memory: Memory, taken: set[str]) -> Function:
    """``x = f(x)`` for an array with a shadow makes new memory before the name moves to it: two statements."""

    def split(block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            if (
                isinstance(stmt, Assign)
                and memory.has_shadow(stmt.target)
                and stmt.target in names(stmt.value)
                and not alias.sharing(stmt.value)
            ):
                name = next(n for i in range(len(taken) + 1) if (n := f"{stmt.target}_{i}") not in taken)
                taken.add(name)
                out += [replace(stmt, target=name), Assign(stmt.target, Name(name, stmt.value.kind), stmt.span)]
            else:
                out.append(with_blocks(stmt, tuple(map(split, blocks(stmt)))))
        return tuple(out)

    return replace(function, body=split(function.body))
