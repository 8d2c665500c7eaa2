"""Callees that keep only their arguments: the backward half runs the function again."""

from __future__ import annotations

from typing import Any

from zygote_nb.analysis.alias import is_helper
from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import replace
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import WHOLE, Apply, Assign, Effect, Expr, Function, Invoke, Name, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import statements
from zygote_nb.runtime.places import EFFECTS
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.entry import copy_of, initialised, param_shadows
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.derive.prepare import prepare
from zygote_nb.transform.derive.sweeps import both_sweeps
from zygote_nb.transform.reverse.state import CalleePair, PairOf
from zygote_nb.transform.reverse.tangents import zeros_like
from zygote_nb.transform.simplify.border import BORDER, parted
from zygote_nb.transform.simplify.simplify import simplify

RERUN = "is run again in the backward pass"


def kept_arguments(derivation: Derivation, instance: Instance, pair: CalleePair) -> CalleePair:
    """The pair of a callee that is run again: on its tape are the arguments that it writes to."""
    refuse_effects(instance, set())
    function = derivation.base(instance)
    if any(pair.shadow_results):
        raise refusal(function, "returns memory of its argument", "return a copy")
    written = sorted(derivation.summary(instance).writes)
    kinds = tuple(function.params[i].kind for i in written)
    if not all(isinstance(k, Array) for k in kinds):
        raise refusal(function, "writes to a list", "return a new list")
    plain = plain_pair(derivation, instance, pair.active).forward
    return replace(pair, forward=pair.forward if written else plain, tape=kinds, shadowed=(), held_results=())


def refuse_effects(instance: Instance, seen: set[int]) -> None:
    """What is run again must not print again, nor draw other random numbers."""
    if id(instance) in seen:
        return
    seen.add(id(instance))
    for stmt in statements(instance.function.body):
        if isinstance(stmt, Invoke):
            refuse_effects(stmt.callee, seen)
        if isinstance(stmt, Effect) and (not is_helper(stmt) or is_lookup(stmt)):
            at = Location(instance.function.filename, stmt.span.line, stmt.span.col, None)
            what = f"{instance.shown} {RERUN}, and has an effect that would happen twice"
            raise UnsupportedSyntaxError(what, at=at, hint="move the effect to the caller")


def is_lookup(stmt: Effect) -> bool:
    """Whether the statement is about the keys of a dict, which may be an argument."""
    return isinstance(stmt.value, Apply) and stmt.value.fn in EFFECTS


def refusal(function: Function, what: str, hint: str) -> UnsupportedSyntaxError:
    at = Location(function.filename, function.span.line, function.span.col, None)
    return UnsupportedSyntaxError(f"{function.name} {RERUN}, and {what}", at=at, hint=hint)


def rerun_functions(
    derivation: Derivation, instance: Instance, pair: CalleePair, pair_of: PairOf, seeds_of: Any
) -> list[Generated]:
    """The halves: the function with copies of what it writes to, and its whole gradient."""
    prepared, reverse = prepare(derivation, instance, pair.active, pair_of)
    function, memory = prepared.function, prepared.memory
    params = [p.name for p in function.params]
    reverse.buffers = frozenset(params[i] for i in pair.buffers)
    seeds, seed_names = seeds_of(prepared, reverse, pair)
    scalars = [p for i, p in enumerate(function.params) if pair.active[i] and i not in pair.buffers]
    results: list[Expr] = []

    def tail() -> list[Stmt]:
        results.clear()
        results.extend(
            reverse.d(p.name) if reverse.is_live(p.name) else zeros_like(Name(p.name, p.kind)) for p in scalars
        )
        return []

    writes = sorted(derivation.summary(instance).writes)
    required = frozenset(f"memory:{memory.group(params[i])}" for i in writes)
    sweeps = both_sweeps(derivation, prepared, reverse, seeds, required, tail)
    buffers = [reverse.adjoint(params[i]) for i in sorted(pair.buffers)]
    written = [Name(params[i], function.params[i].kind) for i in writes]
    saved = [Name(prepared.fresh(f"first_{w.id}"), w.kind) for w in written]
    restore: list[Stmt] = [Store(w, WHOLE, s) for w, s in zip(written, saved, strict=True)]
    shadows = [s for s in param_shadows(prepared, reverse) if not isinstance(s, Assign) or s.target not in buffers]
    forward = initialised([*shadows, *sweeps.forward], sweeps.backward, sweeps, {*params, *buffers})
    given = (*params, *(s.id for s in saved), *seed_names, *buffers)
    marked = (*restore, *prepared.checks, *forward, BORDER, *sweeps.backward)
    body, returned = simplify(marked, results, given, [*buffers, *(w.id for w in written)])
    first, second = parted(body)
    in_place = frozenset(owned(body, set(given)))
    backward = Generated(pair.backward, given, first, second, returned, in_place, instance)
    if not written:
        return [backward]
    plain = plain_pair(derivation, instance, pair.active).forward
    copies: list[Stmt] = [Assign(s.id, copy_of(w)) for s, w in zip(saved, written, strict=True)]
    targets = tuple(prepared.fresh("result") for _ in function.result)
    kinds = tuple(r.kind for r in function.result)
    call = Invoke(targets, plain, tuple(Name(p.name, p.kind) for p in function.params), kinds, function.span)
    outputs = (*(Name(t, k) for t, k in zip(targets, kinds, strict=True)), *saved)
    return [Generated(pair.forward, tuple(params), (*copies, call), (), outputs, frozenset(), instance), backward]
