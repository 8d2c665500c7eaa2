"""Loops over ``zg.checkpoint_range``: the loop becomes a function of a span of its iterations and of its state.

Of a loop that may be left early nobody knows how many iterations it makes. It is run before to count them; then it is
left in the last one, and each of the spans before is whole.
"""

from __future__ import annotations

from collections.abc import Callable

from zygote_nb.analysis import alias
from zygote_nb.analysis.alias import Memory, Summary
from zygote_nb.analysis.exposed import exposed
from zygote_nb.dataclass import replace
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import INT_ONE, INT_ZERO, Apply, Assign, Block, For, Function, Invoke, Name, Param, Stmt
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar, TupleOf
from zygote_nb.ir.walk import all_bound, blocks, names, read, statements, with_blocks

BOUNDS = ("first", "last", "snapshots")


def with_spans(
    function: Function, instance: Instance, taken: set[str], summary_of: Callable[[Block], dict[int, Summary]]
) -> Function:
    """The function, its outermost loops over ``checkpoint_range`` as calls."""
    if not any(isinstance(s, For) and s.snapshots is not None for s in statements(function.body)):
        return function
    memory = alias.analyse(function, summary_of(function.body))

    def of_block(block: Block) -> Block:
        return tuple(made for s in block for made in of_stmt(s))

    def of_stmt(stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, For) and stmt.snapshots is not None:
            return called(function, instance, stmt, memory, taken, summary_of)
        return [with_blocks(stmt, tuple(map(of_block, blocks(stmt))))]

    return replace(function, body=of_block(function.body))


def called(
    function: Function, instance: Instance, loop: For, memory: Memory, taken: set[str],
    summary_of: Callable[[Block], dict[int, Summary]],
) -> list[Stmt]:  # fmt: skip
    """The loop as a call: by its bounds, the number of states that are kept, the state, and what else it reads."""
    state, others = state_of(function, loop, memory, summary_of)
    kinds = memory.kinds
    given = {n: free(f"{n}_in", taken) if isinstance(kinds[n], Array) else n for n in state}
    bounds = [free(b, taken) for b in BOUNDS]
    params = (
        *(Param(b, INT) for b in bounds),
        *(Param(given[n], kinds[n]) for n in state),
        *(Param(n, kinds[n]) for n in others),
    )
    opening: list[Stmt] = [
        Assign(n, Apply(Method("copy"), (Name(given[n], kinds[n]),), (), kinds[n]), loop.span)
        for n in state
        if given[n] != n
    ]
    if loop.count is not None:
        opening.append(Assign(loop.count, INT_ZERO, loop.span))
    span = replace(loop, start=Name(bounds[0], INT), stop=Name(bounds[1], INT), step=INT_ONE, snapshots=None)
    result = tuple(Name(n, kinds[n]) for n in state)
    whole: Kind = result[0].kind if len(result) == 1 else TupleOf(tuple(r.kind for r in result))
    name = f"{function.name}_loop"
    made = Function(name, params, (*opening, span), result, whole, function.filename, loop.span)
    callee = Instance(instance.source, tuple(p.kind for p in params), made, (), True)
    callee.checkpointed = callee.spans = True
    assert loop.snapshots is not None
    values = tuple(Name(n, kinds[n]) for n in (*state, *others))
    out = [free(f"{n}_out", taken) for n in state]
    first, stop = [], loop.stop
    if loop.count is not None:
        stop = Name(free("last", taken), INT)
        counting = counter(made, instance, Name(loop.count, INT))
        first = [Invoke((stop.id,), counting, (loop.start, loop.stop, loop.snapshots, *values), (INT,), loop.span)]
    args = (loop.start, stop, loop.snapshots, *values)
    call = Invoke(tuple(out), callee, args, tuple(r.kind for r in result), loop.span)
    return [*first, call, *(Assign(n, Name(o, kinds[n]), loop.span) for n, o in zip(state, out, strict=True))]


def counter(span: Function, instance: Instance, count: Name) -> Instance:
    """The loop as a function that returns how many iterations it makes."""
    made = replace(span, name=f"{span.name}_count", result=(count,), result_kind=INT)
    return Instance(instance.source, tuple(p.kind for p in made.params), made, (), True)


def state_of(
    function: Function, loop: For, memory: Memory, summary_of: Callable[[Block], dict[int, Summary]]
) -> tuple[list[str], list[str]]:
    """The variables that an iteration changes for a later one, or for what follows, and those that it only reads."""
    inside = {id(loop), *map(id, statements(loop.body))}
    outside = [s for s in statements(function.body) if id(s) not in inside]
    inner, needed = all_bound(loop.body) - {loop.var}, exposed(loop.body) - {loop.var}
    later = set().union(*map(read, outside), *(names(r) for r in function.result))
    before = {p.name for p in function.params}.union(*(all_bound((s,)) for s in outside if not blocks(s)))
    within = alias.analyse(Function("", (), loop.body, ()), summary_of(loop.body))
    written = {n for n in needed if isinstance(memory.kinds[n], Array) and within.is_written(n)}
    state = sorted(((inner & (needed | later)) | written) - {loop.count})
    for n in state:
        if not isinstance(memory.kinds[n], Scalar | Array):
            raise refusal(function, loop, f"`{n}`, which it changes, is neither a number nor an array", "use an array")
        if n not in before:
            raise refusal(function, loop, f"`{n}` has no value before it", f"set `{n}` before the loop")
    for n in written:
        if (set(memory.members(n)) - {n}) & (later | needed | set(state)):
            what = f"`{n}`, which it writes to, may share memory with another variable"
            raise refusal(function, loop, what, "write to a copy")
    return state, sorted(needed - set(state) - {loop.count})


def refusal(function: Function, loop: For, what: str, hint: str) -> UnsupportedSyntaxError:
    at = Location(function.filename, loop.span.line, loop.span.col, None)
    return UnsupportedSyntaxError(f"this loop is to keep few of its states, and {what}", at=at, hint=hint)


def free(name: str, taken: set[str]) -> str:
    found = next(n for i in range(len(taken) + 1) if (n := f"{name}{i or ''}") not in taken)
    taken.add(found)
    return found
