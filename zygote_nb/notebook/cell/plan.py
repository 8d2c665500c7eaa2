"""How a cell divides: what runs as in any cell, and the part between that is differentiated."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from IPython.core.error import UsageError

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.cell.kin import kin
from zygote_nb.notebook.cell.names import flow, reads, root, writes
from zygote_nb.notebook.cell.statements import (
    hidden_code,
    is_definition,
    is_effect,
    is_import,
    onlooker_names,
    result_of,
)
from zygote_nb.notebook.cell.values import holds_object, is_float
from zygote_nb.notebook.cell.variables import (
    all_bound,
    candidates,
    checked,
    first_that_reads,
    in_order,
    read_elsewhere,
)

__all__ = ["Plan", "divide"]

Statements = tuple[ast.stmt, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a cell, in the order in which they run.

    `before` and `after` run in the notebook's namespace; `core`, whose last statement makes the loss, is the function
    of the variables `wrt` (and of `state`, without a gradient: what it rebinds, and objects whose parts it names).
    `mutable` are those of `wrt` that may be written into, `objects` those that their own methods may change, `aside`
    those that can have no gradient here, and the function that reads them.
    """

    before: Statements
    core: Statements
    after: Statements
    wrt: tuple[str, ...]
    state: tuple[str, ...]
    mutable: frozenset[str]
    objects: frozenset[str]
    aside: Mapping[str, str]

    @property
    def loss(self) -> ast.expr | None:
        """The expression or name whose gradient is meant; None if the cell doesn't end in one."""
        return result_of(self.core[-1]) if self.core else None


def divide(tree: ast.Module, wanted: Sequence[str], namespace: Mapping[str, Any]) -> Plan:
    """Plan the cell for the variables `wanted`, or for all float variables that its loss depends on."""
    onlookers = onlooker_names(tree.body, namespace)
    body, tail = _without_tail(tree.body, onlookers)
    if not body or result_of(body[-1]) is None:
        return Plan(tuple(body), (), tuple(tail), (), (), frozenset(), frozenset(), {})
    for statement in body:
        if why := hidden_code(statement):
            raise UsageError(f"line {statement.lineno}: {why}")
    aside = read_elsewhere(body, namespace)
    related = kin(frozenset().union(*map(reads, body), *map(writes, body)), namespace)
    wrt = checked(wanted, body, namespace, aside) if wanted else candidates(body, namespace, aside, related)
    relatives = frozenset().union(*(related.get(name, ()) for name in wrt))
    start = first_that_reads(body, {*wrt, *relatives})
    before, core, later = _sorted_out(body[start:], wrt, onlookers)
    nested = [s for s in core if is_definition(s)]
    state = _state(core, wrt, {*namespace, *all_bound([*body[:start], *before])})
    passed = (_viewed(core) | relatives & flow(core).free) - {*wrt, *state, *all_bound(core)}
    viewed = {n for n in passed if holds_object(namespace.get(n))}
    objects = {n for n in wrt if holds_object(namespace.get(n))} | {n for n in viewed if is_float(namespace[n])}
    return Plan(
        before=(*body[:start], *before),
        core=tuple(core),
        after=(*nested, *later, *tail),
        wrt=wrt,
        state=(*state, *sorted(objects.difference(wrt))),
        mutable=frozenset(
            name for name in wrt if not isinstance(namespace.get(name, []), complex | float | np.generic)
        ),
        objects=frozenset(objects),
        aside={name: fn for name, fn in aside.items() if name not in wrt},
    )


def _without_tail(body: Sequence[ast.stmt], onlookers: frozenset[str]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    end = len(body)
    while end and (is_effect(body[end - 1], onlookers) or is_import(body[end - 1]) or is_definition(body[end - 1])):
        end -= 1
    return list(body[:end]), list(body[end:])


def _sorted_out(
    body: Sequence[ast.stmt], wrt: Sequence[str], onlookers: frozenset[str]
) -> tuple[list[ast.stmt], list[ast.stmt], list[ast.stmt]]:
    """Take imports and independent definitions to the front, prints and plots to the end, where order allows it."""
    definitions = _independent(body, wrt)
    before = [s for s in body if is_import(s) or s in definitions]
    rest = [s for s in body if s not in before]
    later = [s for i, s in enumerate(rest[:-1]) if _can_wait(s, rest[i + 1 :], onlookers)]
    return before, [s for s in rest if s not in later], later


def _can_wait(statement: ast.stmt, following: Sequence[ast.stmt], onlookers: frozenset[str]) -> bool:
    """Line magics can; a print or plot can if it will see the same values, by name and in memory."""
    if not is_effect(statement, onlookers):
        return False
    changing = [s for s in following if not is_effect(s, onlookers)]
    untouched = not any(map(writes, changing)) and not reads(statement) & all_bound(changing)
    return untouched or reads(statement) <= {"get_ipython"}


def _independent(body: Sequence[ast.stmt], wrt: Sequence[str]) -> list[ast.stmt]:
    """Definitions that look up nothing that the cell computes or is differentiated by."""
    kept = [s for s in body if is_definition(s)]
    while True:
        computed = set(wrt) | all_bound([s for s in body if s not in kept and not is_import(s)])
        still = [s for s in kept if not reads(s) & computed]
        if len(still) == len(kept):
            return kept
        kept = still


def _viewed(core: Sequence[ast.stmt]) -> set[str | None]:
    """Variables of which a part may get a name in the cell: `for layer in layers`, `first = model.layers[0]`."""
    found = set()
    for node in (n for s in core for n in walk(s)):
        match node:
            case ast.For(iter=value) | ast.comprehension(iter=value) | ast.Assign(value=value):
                found |= {root(v) for v in walk(value) if isinstance(v, ast.Name | ast.Subscript | ast.Attribute)}
    return found


def _state(core: Sequence[ast.stmt], wrt: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Variables that the core may rebind after it has read them, or on some paths only."""
    followed = flow(core)
    rebound = all_bound(core)
    maybe = (followed.free & rebound) | (rebound - followed.bound)
    return in_order(core, maybe.intersection(known).difference(wrt))
