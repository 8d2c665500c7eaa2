"""The gradient of the differentiated function: arguments and seeds in, (value and) gradients out."""

from __future__ import annotations

from functools import partial

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import WHOLE, ZERO, Assign, Expr, Name, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, carries_tangent, is_list_of_numbers, is_memory
from zygote_nb.ir.walk import all_bound, names
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.entry import copy_of, entry_copies, initialised, is_users, param_shadows, separate
from zygote_nb.transform.derive.pairs import pair_of
from zygote_nb.transform.derive.prepare import prepare
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.refusals import check_lost
from zygote_nb.transform.derive.sweeps import both_sweeps
from zygote_nb.transform.reverse.state import Reverse
from zygote_nb.transform.reverse.tangents import tangent_kind, zeros_like
from zygote_nb.transform.simplify.border import BORDER, parted
from zygote_nb.transform.simplify.coalesced import coalesced
from zygote_nb.transform.simplify.directions import forward_where_free
from zygote_nb.transform.simplify.first_writes import first_writes
from zygote_nb.transform.simplify.last_reads import last_reads
from zygote_nb.transform.simplify.simplify import simplify
from zygote_nb.transform.simplify.spare_sums import without_spare_sums


def adjoint(
    derivation: Derivation,
    instance: Instance,
    wrt: tuple[bool, ...],
    value: bool,
    name: str,
    loss_only: bool = False,
    into: bool = False,
    captured: tuple[int, ...] = (),
) -> Generated:
    """One function: arguments and seeds in, (value and) gradients out.

    ``loss_only`` seeds the first result only; ``into`` takes buffers for the gradients of arrays, after the seeds.
    Between value and gradients stands what the function wrote outside: entries of objects, and the arrays that are the
    parameters at the positions ``captured``.
    """
    prepared, reverse = prepare(derivation, instance, wrt, partial(pair_of, derivation), is_called=False)
    function = prepared.function
    check_lost(function, function.result[: 1 if loss_only else instance.returned], derivation.lost(instance, wrt))
    arrays = [p for p, f in zip(function.params, wrt, strict=True) if f and into and isinstance(p.kind, Array)]
    # The adjoint of a variable that is bound again is another array then: it is copied into the buffer at the end.
    copied = {
        p.name: Name(prepared.fresh(f"out_{p.name}"), p.kind) for p in arrays if p.name in all_bound(function.body)
    }
    given = [p.name for p in arrays if p.name not in copied]
    reverse.buffers = frozenset(g for g in given if g in prepared.varied and not prepared.memory.has_shadow(g))
    copies, params = entry_copies(prepared)
    returned = instance.returned
    seeds, seed_names = seed_params(prepared, reverse, returned, loss_only)
    wanted = [p for p, f in zip(function.params, wrt, strict=True) if f]
    results: list[Expr] = []

    def tail() -> list[Stmt]:
        results.clear()
        for p in wanted:
            live = p.name in given or (reverse.is_live(p.name) and p.name in reverse.varied)
            results.append(reverse.d(p.name) if live else zeros_like(Name(p.name, p.kind)))
        return []

    sweeps = both_sweeps(derivation, prepared, reverse, seeds, frozenset(), tail)
    for i, p in enumerate(wanted):
        if p.name in copied:
            sweeps.backward.append(Store(copied[p.name], WHOLE, results[i], span=function.span))
            results[i] = copied[p.name]
    shadows = param_shadows(prepared, reverse)
    buffers = [copied[p.name].id if p.name in copied else reverse.adjoint(p.name) for p in arrays]
    shadows = [s for s in shadows if not isinstance(s, Assign) or s.target not in buffers]
    cleared: list[Stmt] = [Store(reverse.d(g), WHOLE, ZERO, span=function.span) for g in given]
    if any(prepared.memory.has_shadow(g) for g in given):
        shadows = [*cleared, *shadows]
    else:
        sweeps.backward = [*cleared, *sweeps.backward]
    written = tuple(Name(p.name, p.kind) for p in (function.params[i] for i in captured))
    values = (*(function.result[:returned] if value else ()), *function.result[returned:], *written)
    forward: list[Stmt] = [*prepared.checks, *copies, *shadows, *sweeps.forward]
    forward, held = held_values(prepared, forward, values)
    if not value:
        unused = [r for r in function.result[:returned] if not isinstance(r, Name)]
        forward += [Assign(prepared.fresh("unused"), r, function.exit) for r in unused]
    forward = initialised(forward, sweeps.backward, sweeps, {*(p.name for p in function.params), *buffers})
    made = finished(
        name, (*params, *seed_names, *buffers), forward, sweeps.backward, (*held, *results), buffers, instance
    )
    kinds = [*((p.name, p.kind) for p in function.params), *((s.id, s.kind) for _, s in seeds if isinstance(s, Name))]
    lists = tuple(n for n, kind in kinds if is_list_of_numbers(kind))
    return replace(made, arguments=len(params), seeds=len(seed_names), lists=lists)


def held_values(prepared: Prepared, forward: list[Stmt], values: tuple[Expr, ...]) -> tuple[list[Stmt], list[Expr]]:
    """Results are read before the backward sweep restores what they read."""
    held: list[Expr] = []
    for value in values:
        if isinstance(value, Name) and is_memory(value.kind):
            copied = prepared.fresh("value")
            forward = [*forward, Assign(copied, copy_of(value))]
            held.append(Name(copied, value.kind))
        else:
            name = prepared.fresh("value")
            forward = [*forward, Assign(name, value, prepared.function.exit)]
            held.append(Name(name, value.kind))
    return forward, held


def seed_params(
    prepared: Prepared, reverse: Reverse, returned: int, loss_only: bool
) -> tuple[list[tuple[Expr, Expr]], list[str]]:
    """One seed for each result that carries a derivative, named after the variable that is returned."""
    seeds: list[tuple[Expr, Expr]] = []
    seed_names: list[str] = []
    results = [r for r in prepared.function.result[:returned] if carries_tangent(r.kind)]
    results = results[:1] if loss_only else results
    for i, result in enumerate(results):
        direct = is_users(prepared, result) and sum(r == result for r in results) == 1
        if direct and isinstance(result, Name) and not prepared.memory.has_shadow(result.id):
            name = reverse.adjoint(result.id)
        else:
            name = prepared.fresh("d_out" if len(results) == 1 else f"d_out{i}")
        seed_names.append(name)
        seeds.append((result, Name(name, tangent_kind(result.kind))))
    return seeds, seed_names


def finished(
    name: str, params: tuple[str, ...], forward: list[Stmt], backward: list[Stmt], results: tuple[Expr, ...],
    buffers: list[str], instance: Instance,
) -> Generated:  # fmt: skip
    """A whole gradient, cleaned up; array results that may be shared are copied."""
    marked = [*forward, BORDER, *backward]
    body, results = simplify(tuple(marked), results, params, buffers)
    first, second = parted(body)
    body = (*first, BORDER, *forward_where_free(second, results, alias_map(body)))
    body = without_spare_sums(body, {*params, *set().union(*map(names, results))}, frozenset(buffers))
    body = first_writes(body, frozenset(buffers))
    first, second = parted(coalesced(body, {*params}, set().union(*map(names, results)), frozenset(buffers)))
    second = last_reads(first, second, results)
    in_place = owned(tuple(body), set(params))
    results = separate(results, in_place | set(buffers))
    return Generated(name, params, first, second, results, frozenset(in_place), instance)
