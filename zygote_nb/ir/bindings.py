"""Which variables are bound at each point of a function: those that are read are, and loops keep to their rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import TRUE, Attempt, Block, Break, For, Function, If, Raise, Stmt, While
from zygote_nb.ir.faults import quoted, refuse
from zygote_nb.ir.walk import all_bound, blocks, bound, names, read, statements, step_blocks

NOBODY = "_"


@dataclass(frozen=True, slots=True)
class Known:
    """At a point of a function: the variables bound on some path to it, and those bound on every path."""

    maybe: frozenset[str]
    surely: frozenset[str]

    def after(self, names_: Iterable[str]) -> Known:
        return Known(self.maybe.union(names_), self.surely.union(names_))

    def without(self, name: str) -> Known:
        return Known(self.maybe - {name}, self.surely - {name})


def meet(states: Iterable[Known | None]) -> Known | None:
    """What is known where several paths come together; None stands for a path that ends before."""
    reached = [s for s in states if s is not None]
    if not reached:
        return None
    maybe = frozenset().union(*(s.maybe for s in reached))
    return Known(maybe, reached[0].surely.intersection(*(s.surely for s in reached)))


def flow(block: Block, known: Known | None, exits: list[Known], generated: bool) -> Known | None:
    """Every variable that is read was bound before, on some path; what no path reaches may read anything."""
    for stmt in block:
        if known is None:
            return None
        known = step(stmt, known, exits, generated)
    return known


def step(stmt: Stmt, known: Known, exits: list[Known], generated: bool) -> Known | None:
    again = all_bound((stmt,)) if isinstance(stmt, While) else frozenset()
    missing = read(stmt) - known.maybe - again
    if missing:
        refuse(f"{quoted(missing)} is read but bound on no path before", stmt)
    match stmt:
        case If():
            return meet([flow(b, known, exits, generated) for b in blocks(stmt)])
        case For() | While():
            return loop(stmt, known, generated)
        case Attempt():
            return attempt(stmt, known, exits, generated)
        case Break():
            exits.append(known)
            return None
        case Raise():
            return None
    return known.after(bound(stmt))


def attempt(stmt: Attempt, known: Known, exits: list[Known], generated: bool) -> Known | None:
    """A step comes after those before it; a clause may come after any."""
    entry = known.after((stmt.caught, stmt.done))
    end: Known | None = entry
    for block in step_blocks(stmt):
        end = flow(block, end, exits, generated)
    left = Known(entry.maybe | all_bound(stmt.body), entry.surely)
    ends = [flow(c.body, left.after([c.error] if c.error else []), exits, generated) for c in stmt.clauses]
    return meet([flow(stmt.orelse, end, exits, generated), *ends])


def loop(stmt: For | While, known: Known, generated: bool) -> Known | None:
    """The count of a loop is bound before it, and its index only inside."""
    if not generated and stmt.count is not None:
        if stmt.count not in known.surely:
            refuse(f"the count `{stmt.count}` is not bound before the loop", stmt)
        if stmt.count not in {n for s in stmt.body for n in bound(s)}:
            refuse(f"the count `{stmt.count}` does not count the iterations", stmt)
    body = all_bound(stmt.body)
    if isinstance(stmt, For) and stmt.var in body and stmt.var != NOBODY:
        refuse(f"the index `{stmt.var}` is bound in the loop over it", stmt)
    head = Known(known.maybe | body, known.surely)
    entry = head.after((stmt.var,)) if isinstance(stmt, For) else head
    exits: list[Known] = []
    end = flow(stmt.body, entry, exits, generated)
    ends = None if isinstance(stmt, While) and stmt.test == TRUE else head
    after = meet([ends, *exits, ends and end])
    if after is None or not isinstance(stmt, For):
        return after
    return after.without(stmt.var)


def loop_indices(function: Function) -> None:
    """Where live ranges have names of their own, an index belongs to one loop: bound and read nowhere else."""
    count = Counter(p.name for p in function.params)
    count.update(n for s in statements(function.body) for n in bound(s))
    for stmt in statements(function.body):
        if isinstance(stmt, For) and stmt.var != NOBODY:
            if count[stmt.var] > 1:
                refuse(f"the index `{stmt.var}` is bound elsewhere, too", stmt)
            outside = sum(stmt.var in read(s) for s in statements(function.body))
            outside += sum(stmt.var in names(r) for r in function.result)
            if outside > sum(stmt.var in read(s) for s in statements(stmt.body)):
                refuse(f"the index `{stmt.var}` is read outside of its loop", stmt)
