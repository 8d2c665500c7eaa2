"""Reaching definitions, and with them a name of its own for every live range.

Definitions that reach a common use belong together; a variable whose definitions fall into several such webs is in
truth several variables, and all but one get another name (``x``, ``x1``). Overwritten values in straight-line code
then need no saving.
"""

from __future__ import annotations

from functools import partial

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Assign,
    Attempt,
    Block,
    Break,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    While,
)
from zygote_nb.ir.walk import (
    blocks,
    bound,
    is_step,
    map_expressions,
    names,
    outcome,
    read,
    rebuild,
    renamed_outcome,
    statements,
    step_blocks,
    with_blocks,
)

Definition = int
COUNT = "the count of a loop"
Reach = dict[str, frozenset[Definition]]


class Webs:
    """Union of definitions that share a use."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.names: list[str] = []
        self.at: dict[tuple[int, str], Definition] = {}
        self.first_use: dict[tuple[int, str], Definition] = {}

    def define(self, stmt: object, name: str) -> Definition:
        key = (id(stmt), name)
        if key not in self.at:
            self.at[key] = len(self.parent)
            self.parent.append(len(self.parent))
            self.names.append(name)
        return self.at[key]

    def find(self, d: Definition) -> Definition:
        while self.parent[d] != d:
            d = self.parent[d]
        return d

    def use(self, where: object, name: str, definitions: frozenset[Definition]) -> None:
        if not definitions:
            return
        first, *rest = sorted(definitions)
        for other in rest:
            a, b = self.find(first), self.find(other)
            if a != b:
                self.parent[max(a, b)] = min(a, b)
        self.first_use[(id(where), name)] = first


def merge(a: Reach | None, b: Reach | None) -> Reach | None:
    if a is None or b is None:
        return a if b is None else b
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in {**a, **b}}


def flow(block: Block, reach: Reach | None, webs: Webs, exits: list[Reach | None]) -> Reach | None:
    """Definitions that reach the end of the block; None if its end is not reached."""
    for stmt in block:
        if reach is None:
            reach = {}
        reach = step(stmt, reach, webs, exits)
    return reach


def step(stmt: Stmt, reach: Reach, webs: Webs, exits: list[Reach | None]) -> Reach | None:
    match stmt:
        case For() | While():
            return loop(stmt, reach, webs)
        case Attempt():
            return attempt(stmt, reach, webs, exits)
    for name in read(stmt):
        webs.use(stmt, name, reach.get(name, frozenset()))
    match stmt:
        case If():
            return merge(flow(stmt.body, dict(reach), webs, exits), flow(stmt.orelse, dict(reach), webs, exits))
        case Break():
            exits.append(reach)
            return None
        case Raise():
            return None
        case Accumulate():
            return reach
    for name in bound(stmt):
        reach = {**reach, name: frozenset((webs.define(stmt, name),))}
    return reach


def attempt(stmt: Attempt, reach: Reach, webs: Webs, exits: list[Reach | None]) -> Reach | None:
    """A step comes after those before it; a clause may come after any."""
    entry = {**reach, **{name: frozenset((webs.define(stmt, name),)) for name in outcome(stmt)}}
    end: Reach | None = entry
    left = entry
    for step, block in zip(stmt.body, step_blocks(stmt), strict=True):
        if is_step(stmt, step):
            ask_outcome(step, entry, webs)
        end = flow(block, end, webs, exits)
        left = merge(left, everything_bound((step,), webs)) or left
    ends = [flow(c.body, dict(left), webs, exits) for c in stmt.clauses]
    after = flow(stmt.orelse, end, webs, exits)
    for other in ends:
        after = merge(after, other)
    return after


def ask_outcome(step: Stmt, entry: Reach, webs: Webs) -> None:
    for name in read(step):
        webs.use(step, name, entry[name])


def everything_bound(block: Block, webs: Webs) -> Reach:
    """Each definition in a block that may be left at any point."""
    found: Reach = {}
    for stmt in statements(block):
        for name in bound(stmt):
            found[name] = found.get(name, frozenset()) | {webs.define(stmt, name)}
    return found


def loop(stmt: For | While, reach: Reach, webs: Webs) -> Reach | None:
    if isinstance(stmt, For):
        for name in read(stmt):
            webs.use(stmt, name, reach.get(name, frozenset()))
    head: Reach = reach
    while True:
        if isinstance(stmt, While):
            for name in read(stmt):
                webs.use(stmt, name, head.get(name, frozenset()))
        entry = dict(head)
        if isinstance(stmt, For):
            entry[stmt.var] = frozenset((webs.define(stmt, stmt.var),))
        exits: list[Reach | None] = []
        end = flow(stmt.body, entry, webs, exits)
        joined = merge(head, end)
        assert joined is not None
        if joined == head:
            break
        head = joined
    after: Reach | None = head
    for reached in exits:
        after = merge(after, reached)
    if stmt.count is not None and after is not None and stmt.count in after:
        webs.use((stmt, COUNT), stmt.count, after.get(stmt.count, frozenset()))
        webs.first_use[(id(stmt), COUNT)] = min(after[stmt.count])
    return after


def rename_webs(function: Function, taken: set[str]) -> Function:
    """The function with one name for each live range; parameters keep theirs."""
    webs = Webs()
    start: Reach = {p.name: frozenset((webs.define(p, p.name),)) for p in function.params}
    end = flow(function.body, start, webs, []) or {}
    for name in set().union(*map(names, function.result)) if function.result else ():
        webs.use(function, name, end.get(name, frozenset()))
    chosen = choose_names(webs, taken)

    def new_name(where: object, name: str) -> str:
        key = (id(where), name)
        d = webs.at.get(key)
        return chosen[webs.find(d)] if d is not None else name

    def used_name(where: object, name: str) -> str:
        d = webs.first_use.get((id(where), name))
        return name if d is None else chosen[webs.find(d)]

    def renamed_expr(where: object) -> object:
        return lambda e: rebuild(e, lambda n: replace(n, id=used_name(where, n.id)) if isinstance(n, Name) else n)

    def renamed(block: Block) -> Block:
        return tuple(rename_stmt(s) for s in block)

    def rename_stmt(stmt: Stmt) -> Stmt:
        new = map_expressions(stmt, renamed_expr(stmt))  # type: ignore[arg-type]
        match new:
            case Assign():
                return replace(new, target=new_name(stmt, new.target))
            case Invoke():
                return replace(new, targets=tuple(new_name(stmt, t) for t in new.targets))
            case Effect() if new.target is not None:
                return replace(new, target=new_name(stmt, new.target))
            case Pop():
                targets = tuple(new_name(stmt, t) for t in new.targets)
                return replace(new, base=used_name(stmt, new.base), targets=targets)
            case Append():
                return replace(new, base=used_name(stmt, new.base))
            case Accumulate():
                return replace(new, target=used_name(stmt, new.target))
            case If():
                return replace(new, body=renamed(new.body), orelse=renamed(new.orelse))
            case Attempt():
                blocks_ = tuple(map(renamed, blocks(new)))
                return renamed_outcome(with_blocks(new, blocks_), partial(new_name, stmt))  # type: ignore[arg-type]
            case For():
                return replace(new, var=new_name(stmt, new.var), count=_count(stmt), body=renamed(new.body))
            case While():
                return replace(new, count=_count(stmt) or new.count, body=renamed(new.body))
        return new

    def _count(stmt: For | While) -> str | None:
        if stmt.count is None:
            return None
        d = webs.first_use.get((id(stmt), COUNT))
        return stmt.count if d is None else chosen[webs.find(d)]

    params = tuple(replace(p, name=new_name(p, p.name)) for p in function.params)
    result: tuple[Expr, ...] = tuple(renamed_expr(function)(e) for e in function.result)  # type: ignore[operator]
    return replace(function, params=params, body=renamed(function.body), result=result)


def choose_names(webs: Webs, taken: set[str]) -> dict[Definition, str]:
    """The first web of a name keeps it, parameters first; others, and names that generated code uses, are numbered."""
    chosen: dict[Definition, str] = {}
    used = set(taken)
    every = set(webs.names) | taken
    numbers: dict[str, int] = {}
    for d in range(len(webs.parent)):
        representative = webs.find(d)
        if representative in chosen:
            continue
        stem = webs.names[d]
        number = numbers.get(stem, 0)
        name = f"{stem}{number or ''}"
        while name in used or (number and name in every):
            number += 1
            name = f"{stem}{number}"
        numbers[stem] = number
        used.add(name)
        chosen[representative] = name
    return chosen
