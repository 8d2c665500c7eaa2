"""Inner loops that add to several neighbouring elements, divided into loops that LLVM vectorises.

``y[i - 1] += g; y[i + 1] += g`` keeps each iteration waiting for the one before it. Where the iterations may run in any
order, one loop for each of these statements says the same.
"""

from __future__ import annotations

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.commuting import Surroundings, with_loops
from zygote_nb.analysis.cost import SCALAR_LIMIT, TRANSCENDENTAL, content_reads, cost
from zygote_nb.analysis.linear import linear
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Accumulate, Assign, Block, Expr, For, Name, Stmt, Store, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import all_bound, expressions, names, root

MOST = 12


def distributed(function: Generated) -> Generated:
    """The function, whose parameters don't share memory, with such loops divided."""
    groups = alias_map((*function.forward, *function.backward))
    read = frozenset().union(*map(names, function.results)) if function.results else frozenset()
    here = Surroundings(groups, read)
    if not function.backward:
        # Tangents of adjoints are adjoints: the product of a Hessian with a vector has one sweep.
        return replace(function, forward=with_loops(function.forward, here, divided))
    return replace(function, backward=with_loops(function.backward, here, divided))


def divided(loop: For, here: Surroundings) -> Block:
    temporaries = {s.target: s for s in loop.body if isinstance(s, Assign)}
    updates = [s for s in loop.body if not isinstance(s, Assign)]
    if len(updates) > MOST or not all(is_along(s, loop) for s in updates) or loop.count is not None:
        return (loop,)
    parts = grouped(updates)
    if len(parts) < 2 or not here.commutes(loop):
        return (loop,)
    bodies = [(*needed(part, temporaries), *part) for part in parts]
    if any(map(costs, bodies)) or not unchanged(bodies, temporaries, here):
        return (loop,)
    return tuple(replace(loop, body=tuple(body)) for body in bodies)


def is_along(stmt: Stmt, loop: For) -> bool:
    """Whether the statement updates one element after the other in memory."""
    index = stmt.index if isinstance(stmt, Accumulate | Store) else None
    if index is None or index == Tuple(()) or root(place(stmt)) is None:
        return False
    *others, last = index.items if isinstance(index, Tuple) else (index,)
    form = linear(last, lambda n: n if n == loop.var or n not in all_bound((loop,)) else None)
    steps = form is not None and dict(form[0]).get(loop.var) == 1
    return steps and not any(loop.var in names(i) for i in others)


def place(stmt: Stmt) -> Expr:
    match stmt:
        case Store():
            return stmt.base
        case Accumulate():
            return stmt.base if stmt.base is not None else Name(stmt.target)
    raise TypeError(stmt)


def grouped(updates: list[Stmt]) -> list[list[Stmt]]:
    """Statements that follow one another, of which no two update one array at different places."""
    parts: list[list[Stmt]] = []
    for stmt in updates:
        fits = parts and not any(place(s) == place(stmt) and s.index != stmt.index for s in parts[-1])  # type: ignore[union-attr]
        if fits:
            parts[-1].append(stmt)
        else:
            parts.append([stmt])
    return parts


def needed(part: list[Stmt], temporaries: dict[str, Assign]) -> list[Stmt]:
    """The temporaries that the statements read, in order."""
    wanted = set().union(*(names(e) for s in part for e in expressions(s)))
    for name in reversed(temporaries):
        if name in wanted:
            wanted |= names(temporaries[name].value)
    return [s for n, s in temporaries.items() if n in wanted]


def costs(body: Block) -> bool:
    """Whether working out again what the body needs is dear: some arithmetic pays, as LLVM then vectorises it."""
    each = [cost(s.value) for s in body if isinstance(s, Assign)]
    return max(each, default=0) >= TRANSCENDENTAL or sum(each) > 2 * SCALAR_LIMIT


def unchanged(bodies: list[Block], temporaries: dict[str, Assign], here: Surroundings) -> bool:
    """Whether no loop works out again what depends on memory that one before it wrote to."""
    written: set[str] = set()
    for body in bodies:
        for stmt in body:
            if isinstance(stmt, Assign) and {here.memory(n) for n in content_reads(stmt.value)} & written:
                return False
        written |= {here.memory(root(place(s)) or "") for s in body if not isinstance(s, Assign)}
    return True
