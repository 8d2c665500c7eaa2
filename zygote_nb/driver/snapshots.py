"""What a generated function writes to, put aside in case that its call is given up and made in another way."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.analysis.alias import alias_map, sharing
from zygote_nb.ir.core import Accumulate, Apply, Block, Effect, Invoke, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import names, root, statements

Held = list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def snapshot(args: tuple[Any, ...], positions: tuple[int, ...]) -> Held:
    """The arrays among the arguments at these positions, each with a copy."""
    return [(args[i], args[i].copy()) for i in positions if isinstance(args[i], np.ndarray)]


def restore(held: Held) -> None:
    for array, copy in held:
        array[...] = copy


def written_params(function: Generated, functions: dict[str, Generated]) -> tuple[int, ...]:
    """The positions of the parameters to whose memory a function, or what it calls, may write."""
    found: dict[str, frozenset[int]] = {}
    while True:
        before = dict(found)
        positions_written(function, functions, found, set())
        if before == found:
            return tuple(sorted(found[function.name]))


def positions_written(
    f: Generated, functions: dict[str, Generated], found: dict[str, frozenset[int]], entered: set[str]
) -> frozenset[int]:
    """The same, where a function that calls itself is taken to write to what was ``found`` before."""
    if f.name in entered:
        return found.get(f.name, frozenset())
    entered.add(f.name)
    body = (*f.forward, *f.backward)
    called = {n: positions_written(functions[n], functions, found, entered) for n in callees(body)}
    touched, groups = names_written(body, called), alias_map(body)
    touched = touched.union(*(groups.get(n, {n}) for n in touched))
    found[f.name] = frozenset(i for i, p in enumerate(f.params) if p in touched)
    return found[f.name]


def callees(body: Block) -> set[str]:
    return {s.callee for s in statements(body) if isinstance(s, Invoke)}


def names_written(body: Block, called: dict[str, frozenset[int]]) -> set[str]:
    """The variables through which a block writes to memory."""
    found: set[str] = set()
    for stmt in statements(body):
        match stmt:
            case Store():
                found.add(root(stmt.base) or "")
            case Accumulate():
                found.add(stmt.target if stmt.base is None else root(stmt.base) or "")
            case Effect(value=Apply(args=args)):
                found.update(n for a in args for n in names(a))
            case Invoke():
                found.update(n for i in called[stmt.callee] for n in {*sharing(stmt.args[i]), root(stmt.args[i]) or ""})
    return found
