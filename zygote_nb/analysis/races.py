"""Which loops may be divided between threads: those whose iterations have nothing to do with one another.

No iteration reads or writes what another one writes. What they only add to, a number or an array, is allowed: each
thread adds to one of its own, and these are added up afterwards. Where only neighbouring iterations add to one place,
as in the adjoint of a stencil, that isn't needed: the last iterations of each part wait for the other parts.
"""

from __future__ import annotations

import operator
from itertools import combinations_with_replacement

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.commuting import Access, Surroundings, Two, accesses
from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.ownership import maybe_shared
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    While,
)
from zygote_nb.ir.kinds import Array, Kind, Scalar
from zygote_nb.ir.walk import all_bound, expressions, names, statements, subexpressions
from zygote_nb.runtime.calling import Called

NEAR = 8
"""Iterations that count as neighbours."""


@dataclass(frozen=True, slots=True)
class Race:
    """Why the iterations of a loop have to wait for one another, and the line that says so, if it is known."""

    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Free:
    """A loop that may be divided: the variables that it takes, and the numbers and the arrays that it adds to.

    Iterations that are more than ``seam`` apart add to no place in any other array.
    """

    takes: dict[str, Kind]
    sums: tuple[str, ...]
    added: tuple[str, ...]
    seam: int


def freedom(loop: For, here: Surroundings, views: frozenset[str]) -> Free | Race:
    """Whether the iterations may run at the same time; ``views`` are arrays that may be parts of one another."""
    try:
        return found_free(loop, here, views)
    except Found as found:
        return found.race


class Found(Exception):
    """A race was found."""

    def __init__(self, why: str, line: int = 0) -> None:
        self.race = Race(why, line)


def found_free(loop: For, here: Surroundings, views: frozenset[str]) -> Free:
    if loop.count is not None:
        raise Found("it may be left early", loop.span.line)
    inside = list(statements(loop.body))
    for stmt in inside:
        raise_unless_simple(stmt)
    kinds = kinds_of(loop)
    sums = tuple(sorted(n for n in all_bound(loop.body) | accumulated(inside) if is_sum(n, inside)))
    own = all_bound(loop.body) - set(sums)
    raise_if_carried(own, loop, here)
    touched = [a for a in accesses(loop.body, (loop,)) if a.name not in own and a.name not in (*sums, loop.var)]
    added, seam = added_to(loop, here, views, touched)
    takes = {n: k for n, k in kinds.items() if n not in own and n not in sums and n != loop.var}
    raise_unless_plain(takes, added, touched)
    return Free(takes, sums, tuple(sorted(added)), seam)


def raise_unless_plain(takes: dict[str, Kind], added: set[str], touched: list[Access]) -> None:
    """The loop takes numbers and arrays, and adds to arrays that have axes."""
    indexed = {a.name for a in touched if a.index is not None or a.does != "reads"}
    for name, kind in takes.items():
        if not isinstance(kind, Scalar | Array) or (name in indexed and not isinstance(kind, Array)):
            raise Found(f"`{name}` is neither a number nor an array")
        if name in added and isinstance(kind, Array) and kind.ndim == 0:
            raise Found(f"`{name}` is an array without axes")


def raise_unless_simple(stmt: Stmt) -> None:
    """Statements that do no more than bind numbers and write to arrays."""
    line = stmt.span.line
    for call in (e for whole in expressions(stmt) for e in subexpressions(whole) if isinstance(e, Apply)):
        if isinstance(call.fn, Called):
            raise Found(f"it calls `{call.fn.__name__.removeprefix('call_')}`, which has no compiled form", line)
    match stmt:
        case Assign(target, value) if not isinstance(value.kind, Scalar):
            raise Found(f"`{target}` is an array that each iteration makes", line)
        case Append(base=base) | Pop(base=base):
            raise Found(f"`{base}` is a list that grows or shrinks", line)
        case Invoke(callee=callee):
            raise Found(f"it calls `{callee}`", line)
        case While():
            raise Found("there is a `while` in it", line)
        case For(count=count) if count is not None:
            raise Found("a loop in it may be left early", line)
        case Store(base=base, add=add) if add or not isinstance(base, Name) or not isinstance(base.kind, Array):
            raise Found("it stores into more than the entries of an array", line)
        case Accumulate(target=target, base=base, kind=kind, index=index) if not isinstance(base, Name | None) or (
            index is None and not isinstance(kind, Scalar)
        ):
            raise Found(f"it adds to all of `{target}`", line)
        case Assign() | Store() | Accumulate() | If() | For() | Raise():
            return
    raise Found("it does more than to bind numbers and to write to arrays", line)


def accumulated(inside: list[Stmt]) -> set[str]:
    return {s.target for s in inside if isinstance(s, Accumulate) and s.index is None and s.base is None}


def is_sum(name: str, inside: list[Stmt]) -> bool:
    """Whether the iterations only add numbers of double precision to the variable."""
    return any(term(s, name) is not None for s in inside) and all(
        term(s, name) is not None or (name not in bound_by(s) and not any(name in names(e) for e in expressions(s)))
        for s in inside
    )


def bound_by(stmt: Stmt) -> set[str]:
    match stmt:
        case Assign(target=target) | Accumulate(target=target, index=None, base=None):
            return {target}
        case For(var=var):
            return {var}
    return set()


def term(stmt: Stmt, name: str) -> Expr | None:
    """What the statement adds to the variable, if that is all that it does with it."""
    match stmt:
        case Accumulate(target, value, None, None, kind=Scalar("float64" | "float32")) if target == name:
            found = value
        case Assign(target, Apply(operator.add | operator.sub, (Name(left), value), kind=Scalar("float64"))) if (
            target == left == name
        ):
            found = value
        case _:
            return None
    return None if name in names(found) else found


def raise_if_carried(own: set[str], loop: For, here: Surroundings) -> None:
    carried = own & exposed(loop.body)
    if carried:
        name = min(carried)
        raise Found(f"`{name}` goes from one iteration to the next", line_of(loop.body, name))
    kept = (own | {loop.var}) & here.after
    if kept:
        name = min(kept)
        raise Found(f"`{name}` is read after the loop", line_of(loop.body, name))


def line_of(body: Block, name: str) -> int:
    """The first line that binds or changes the variable."""
    return next((s.span.line for s in statements(body) if name in bound_by(s) and s.span.line), 0)


def added_to(loop: For, here: Surroundings, views: frozenset[str], touched: list[Access]) -> tuple[set[str], int]:
    """The arrays to which several iterations may add at one place, but for neighbours, and how far these are apart."""
    found, seam, two = set[str](), 0, Two(loop, here.around)
    for a, b in combinations_with_replacement(touched, 2):
        if here.memory(a.name) != here.memory(b.name) or a.does == b.does == "reads":
            continue
        one, other = (x if x.name in views else replace(x, name=here.memory(x.name)) for x in (a, b))
        only_add = a.does == b.does == "adds"
        distance = reach(two, one, other, NEAR if only_add else 0)
        if distance is None and not only_add:
            raise Found(clash(a, b), written_at(loop.body, a if a.does != "reads" else b))
        if distance is None:
            found |= {a.name, b.name}
        seam = max(seam, distance or 0)
    groups = {here.memory(n) for n in found}
    for a in touched:
        if a.does != "adds" and here.memory(a.name) in groups:
            raise Found(f"iterations add to `{a.name}`, which is also read or written", written_at(loop.body, a))
    return found, seam


def reach(two: Two, a: Access, b: Access, most: int) -> int | None:
    """How far iterations that come to one place are apart at most; None where that may be more than ``most``."""
    for distance in range(most + 1):
        if not two.meet(a, b, distance) and not two.meet(b, a, distance):
            return distance
    return None


def clash(a: Access, b: Access) -> str:
    name = f"`{a.name}`" if a.name == b.name else f"`{a.name}`, which may be `{b.name}`"
    if "reads" in (a.does, b.does):
        return f"one iteration may read what another one writes in {name}"
    return f"two iterations may write to one place in {name}"


def written_at(body: Block, access: Access) -> int:
    """The first line that writes to the array."""
    for stmt in statements(body):
        base = stmt.base if isinstance(stmt, Store | Accumulate) else None
        name = base.id if isinstance(base, Name) else stmt.target if isinstance(stmt, Accumulate) else None
        if name == access.name and stmt.span.line:
            return stmt.span.line
    return 0


def kinds_of(loop: For) -> dict[str, Kind]:
    """The kinds of the variables in a loop."""
    found: dict[str, Kind] = {}
    for stmt in statements(loop.body):
        if isinstance(stmt, Accumulate) and stmt.base is None:
            found[stmt.target] = stmt.kind
        for whole in expressions(stmt):
            found |= {e.id: e.kind for e in subexpressions(whole) if isinstance(e, Name)}
    return found


@dataclass(frozen=True, slots=True)
class Memory:
    """Which arrays of a function may share memory; ``views`` are those that may be parts of one another.

    Any other two are one array, or apart.
    """

    groups: dict[str, set[str]]
    views: frozenset[str]


def memory_of(block: Block) -> Memory:
    """A function's memory, where every call is suspected to return what it was given."""
    bindings = [s for s in statements(block) if isinstance(s, Assign) and not isinstance(s.value.kind, Scalar)]
    suspected = [Assign(s.target, Name(n, s.value.kind)) for s in bindings for n in sorted(maybe_shared(s.value))]
    groups = alias_map((*block, *suspected))
    views = {s.target for s in bindings if not isinstance(s.value, Name) and maybe_shared(s.value)}
    for stmt in statements(block):
        if isinstance(stmt, Pop | Invoke):
            views.update(stmt.targets)
    return Memory(groups, frozenset(set[str]().union(*(groups.get(n, {n}) for n in views))))


def apart(free: Free, here: Surroundings) -> bool:
    """Whether no two of the arrays that the loop takes share memory."""
    places = [here.memory(n) for n, k in free.takes.items() if isinstance(k, Array)]
    return len(set(places)) == len(places)
