"""Which variables of generated code may be one memory, and which are the only name of theirs."""

from __future__ import annotations

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.ownership import maybe_shared, owned
from zygote_nb.ir.core import Assign, Block, Const, Invoke, Name, Pop
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Opaque, Scalar, Static
from zygote_nb.ir.walk import all_bound, names, read, statements


def sharing_memory(function: Generated, apart: bool) -> dict[str, set[str]]:
    """For each variable those that may share memory with it."""
    groups = alias_map((*function.forward, *function.backward))
    if not apart:
        merged = set().union(*(groups.get(n, {n}) for n in from_outside(function)))
        groups |= dict.fromkeys(merged, merged)
    return groups


def from_outside(function: Generated) -> set[str]:
    """Parameters, and variables that may be memory of theirs, or of one another: what is on a tape, for one."""
    body = (*function.forward, *function.backward)
    taken = {n for s in statements(body) if isinstance(s, Pop) for n in s.targets}
    return (all_bound(body) - owned(body, set(function.params))) | taken | set(function.params)


def own_arrays(body: Block, params: tuple[str, ...], buffers: frozenset[str]) -> frozenset[str]:
    """The variables whose memory has no other name, at any time."""
    shared = set(params) - buffers
    looked = looked_into(body)
    for stmt in statements(body):
        if isinstance(stmt, Pop):
            shared.update(stmt.targets)
        if isinstance(stmt, Invoke) and not forgets(stmt, looked):
            shared |= read(stmt)
    return frozenset(owned((*body, *(Assign(b, Const(0.0)) for b in sorted(buffers))), set()) - shared)


def looked_into(body: Block) -> set[str]:
    """Variables of which others are made once a call may have changed them."""
    first = next((i for i, s in enumerate(body) if any(isinstance(i, Invoke) for i in statements((s,)))), len(body))
    later = tuple(statements(body[first:]))
    made = [s for s in later if isinstance(s, Assign) and not isinstance(s.value.kind, Scalar)]
    # Of what is read as one, nothing but numbers may be taken.
    read_whole = set().union(*(read(s) for s in later if not isinstance(s, Assign) or s in made))
    whole = {s.target for s in made if isinstance(s.value.kind, Opaque)} - read_whole
    found = set().union(*(maybe_shared(s.value) for s in made if s.target not in whole))
    return found | {s.base for s in later if isinstance(s, Pop)}


def forgets(call: Invoke, looked: set[str]) -> bool:
    """Whether no variable is memory of the arguments of a call that was not before: but what is ``looked`` into."""
    given = [(a, a.kind) for a in call.args]
    got = [(Name(n), k) for n, k in zip(call.targets, call.kinds, strict=False)]
    known = len(call.kinds) == len(call.targets)
    return known and all(
        isinstance(kind, Scalar | Static) or (isinstance(kind, Opaque) and not names(value) & looked)
        for value, kind in (*(g for g in given if not isinstance(g[1], Array)), *got)
    )
