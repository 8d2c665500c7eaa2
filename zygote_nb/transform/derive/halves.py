"""Two sweeps as two functions: what the second reads of the first goes through the tape."""

from __future__ import annotations

import operator
from collections import Counter

from zygote_nb.analysis.alias import sharing
from zygote_nb.analysis.cost import content_reads, is_cheap
from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Append, Apply, Assign, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Kind, ListOf, Opaque, Scalar, is_memory
from zygote_nb.ir.walk import all_bound, all_read, bound, names, statements
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.entry import initialised
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.sweeps import Sweeps
from zygote_nb.transform.reverse.state import CalleePair
from zygote_nb.transform.simplify.simplify import simplify


def halves(
    derivation: Derivation, instance: Instance, pair: CalleePair, prepared: Prepared, forward: list[Stmt],
    sweeps: Sweeps, seed_names: list[str], buffers: list[str], outputs: list[Expr], results: list[Expr],
) -> tuple[CalleePair, list[Generated]]:  # fmt: skip
    """Split into two functions; what the backward half reads of the forward half goes through the tape."""
    params = [p.name for p in prepared.function.params]
    restored = [params[i] for i in derivation.summary(instance).writes] + sorted(all_bound(tuple(sweeps.forward)))
    backward, results_ = simplify(
        tuple(sweeps.backward), results, [*params, *seed_names, *buffers], [*buffers, *restored]
    )
    wanted = exposed([*backward, *(Assign("_", r) for r in results_)]) - set(seed_names)
    rebound = all_bound(tuple(forward))
    wanted -= set(buffers) - rebound
    tape = sorted(n for n in wanted if n not in params or n in rebound)
    primal = tuple(i for i, p in enumerate(params) if p in wanted and p not in tape)
    recursive = instance.recursive
    given_again = [p for i, p in enumerate(prepared.function.params) if recursive or i in primal]
    again = from_arguments(forward, tape, {p.name: p.kind for p in given_again if p.name not in rebound})
    tape = [n for n in tape if n not in {s.target for s in again}]
    if recursive:
        primal, held = pair.backward_args, pair.held_results
    else:
        kept = memory_kept(prepared, sweeps, tape)
        primal = tuple(
            i for i, p in enumerate(prepared.function.params) if i in primal or is_in(prepared, p.name, kept)
        )
        held = tuple(
            i for i, r in enumerate(prepared.function.result) if any(is_in(prepared, n, kept) for n in sharing(r))
        )
    known = result_names(prepared, held, {*params, *seed_names, *buffers})
    if not recursive:
        tape = [n for n in tape if n not in known]
    values = [Name(n, sweeps.kinds.get(n, Opaque())) for n in tape]
    bundle: list[Expr] = []
    flat = derivation.flat and not recursive
    if flat:
        bundle = list(values)
    elif tape or recursive:
        bundle = [values[0] if len(values) == 1 and not recursive else Tuple(tuple(values))]
    # The shadow of a list is as long as the list, after this half too.
    positions = zip(buffers, sorted(pair.buffers), strict=True)
    roots = [*params, *(b for b, i in positions if isinstance(prepared.function.params[i].kind, ListOf))]
    forward = initialised([*forward, *(Assign("_", e) for e in bundle)], [], sweeps, {*params, *buffers})[
        : len(bundle) * -1 or None
    ]
    body, returned = simplify(tuple(forward), (*outputs, *bundle), [*params, *buffers], roots)
    shadows = [n for n in buffers if n in all_read(body) or any(n in names(r) for r in returned)]
    shadowed = (
        tuple(i for i in sorted(pair.buffers) if buffers[sorted(pair.buffers).index(i)] in shadows)
        if not recursive
        else pair.shadowed
    )
    shadow_names = [buffers[sorted(pair.buffers).index(i)] for i in shadowed]
    name = pair.forward
    made = replace(
        pair, forward=name, tape=(Opaque("tape"),) * len(bundle), shadowed=shadowed, backward_args=primal,
        held_results=held,
    )  # fmt: skip
    first = Generated(
        name,
        (*params, *shadow_names),
        body,
        (),
        returned,
        frozenset(owned(body, set())),
        instance,
        len(returned) - 1 if bundle and not flat else None,
    )
    unpack: list[Stmt] = []
    tape_param: tuple[str, ...] = ()
    taken = {*seed_names, *buffers}
    if flat:
        # The adjoint of a parameter is a parameter, too, and may be another piece of memory than it was then.
        tape_param = tuple(prepared.fresh(n) if n in taken else n for n in tape)
        unpack = [Assign(v.id, Name(p, v.kind)) for p, v in zip(tape_param, values, strict=True) if p != v.id]
    elif bundle:
        alone = len(tape) == 1 and not recursive and tape[0] not in taken
        tape_name = tape[0] if alone else prepared.fresh("tape")
        tape_param = (tape_name,)
        if len(tape) != 1 or recursive:
            unpack = unpacked(tape_name, values)
        elif not alone:
            unpack = [Assign(tape[0], Name(tape_name, values[0].kind))]
    whole = (*unpack, *again, *backward)
    in_place = frozenset(owned(whole, set(seed_names)))
    own = [params[i] if recursive or params[i] not in rebound else prepared.fresh(params[i]) for i in primal]
    given = (*own, *tape_param, *seed_names, *buffers, *known)
    handed = None if flat or not bundle else tape_param[0]
    second = Generated(pair.backward, given, (), whole, results_, in_place, instance, tape=handed)
    return made, [first, second]


def from_arguments(forward: list[Stmt], kept: list[str], given: dict[str, Kind]) -> list[Assign]:
    """What makes numbers that would be kept, of arguments that the backward half is given: lengths, mostly."""
    counts = Counter(n for s in statements(tuple(forward)) for n in bound(s))
    return [
        s
        for s in forward
        if isinstance(s, Assign) and s.target in kept and counts[s.target] == 1 and is_of(s.value, given)
    ]


def is_of(value: Expr, given: dict[str, Kind]) -> bool:
    """Whether a number is quickly found from arguments, of arrays among which the shapes suffice."""
    there = names(value) <= given.keys() and isinstance(value.kind, Scalar)
    return there and is_cheap(value) and all(isinstance(given[n], Scalar) for n in content_reads(value))


def memory_kept(prepared: Prepared, sweeps: Sweeps, tape: list[str]) -> set[str]:
    """The memory that the backward half reads through the tape: a caller must not have changed it by then."""
    memory = prepared.memory
    on_tapes = {n for s in statements(tuple(sweeps.forward)) if isinstance(s, Append) for n in names(s.value)}
    return {memory.group(n) for n in {*tape, *on_tapes} if n in memory.kinds and is_memory(memory.kinds[n])}


def is_in(prepared: Prepared, name: str, groups: set[str]) -> bool:
    kind = prepared.memory.kinds.get(name)
    return kind is not None and is_memory(kind) and prepared.memory.group(name) in groups


def result_names(prepared: Prepared, held: tuple[int, ...], taken: set[str]) -> list[str]:
    """What the backward half calls the results that it is given: the variable of the forward half, if it is one."""
    out: list[str] = []
    for i in held:
        result = prepared.function.result[i]
        named = isinstance(result, Name) and result.id not in taken and result.id not in out
        out.append(result.id if named else prepared.fresh("result"))  # type: ignore[union-attr]
    return out


def unpacked(tape: str, values: list[Name]) -> list[Stmt]:
    return [
        Assign(v.id, Apply(operator.getitem, (Name(tape, Opaque()), Const(i, INT)), (), v.kind))
        for i, v in enumerate(values)
    ]
