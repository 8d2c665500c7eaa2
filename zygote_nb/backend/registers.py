"""Elements that an inner loop reads or updates in each iteration, held in a variable while it runs.

``A[i, j] -= A[i, k] * A[j, k]`` waits in each iteration for the memory that the one before wrote to, unless it is known
that the loop comes to ``A[i, j]`` by no other index.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.commuting import Access, Surroundings, accesses, is_simple, with_loops
from zygote_nb.analysis.cost import content_reads
from zygote_nb.analysis.iterations import Index, Iteration, parts_of, same_place
from zygote_nb.analysis.linear import possible
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Expr,
    For,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    evaluated,
    expressions,
    map_expressions,
    names,
    rebuild,
    statements,
    subexpressions,
)

ELEMENT = Scalar("float64")


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an array, by an index that the loop doesn't change; ``written`` says whether the loop does."""

    read: Apply
    written: bool

    @property
    def array(self) -> str:
        return self.read.args[0].id  # type: ignore[union-attr]

    @property
    def parts(self) -> Index:
        return parts_of(self.read.args[1]) or ()


Change = Callable[[For, Surroundings, dict[str, int], set[str]], Block]
"""What becomes of a loop, by the ranks of arrays and the names that are taken."""


def with_registers(function: Generated) -> Generated:
    """The function, whose parameters don't share memory, with such elements in variables."""
    return in_each_loop(function, with_elements)


def in_each_loop(function: Generated, change: Change) -> Generated:
    body = (*function.forward, *function.backward)
    read = frozenset().union(*map(names, function.results)) if function.results else frozenset()
    here = Surroundings(alias_map(body), read)
    taken = set(function.params) | all_bound(body) | all_read(body)
    ranks = ranks_of(body)

    def changed(loop: For, surroundings: Surroundings) -> Block:
        return change(loop, surroundings, ranks, taken)

    forward, backward = (with_loops(b, here, changed) for b in (function.forward, function.backward))
    return replace(function, forward=forward, backward=backward)


def ranks_of(body: Block) -> dict[str, int]:
    """The numbers of axes of arrays of float64 numbers, of those that have one everywhere."""
    found: dict[str, set[object]] = {}
    for stmt in statements(body):
        for expr in (e for whole in expressions(stmt) for e in subexpressions(whole)):
            if isinstance(expr, Name) and isinstance(expr.kind, Array):
                found.setdefault(expr.id, set()).add((expr.kind.dtype, expr.kind.ndim))
        if isinstance(stmt, Assign) and isinstance(stmt.value.kind, Array):
            found.setdefault(stmt.target, set()).add((stmt.value.kind.dtype, stmt.value.kind.ndim))
    kinds = {name: next(iter(kinds)) for name, kinds in found.items() if len(kinds) == 1}
    return {name: ndim for name, (dtype, ndim) in kinds.items() if dtype == "float64"}  # type: ignore[misc]


def with_elements(loop: For, here: Surroundings, ranks: dict[str, int], taken: set[str]) -> Block:
    if any(map(blocks, loop.body)) or not all(map(is_plain, loop.body)) or loop.count is not None:
        return (loop,)
    before: list[Stmt] = []
    after: list[Stmt] = []
    for element in dict.fromkeys(elements(loop, ranks)):
        name = fresh(taken)
        changed = replace(loop, body=tuple(in_variable(s, element.read, name) for s in loop.body))
        if not is_left(element, changed, here):
            taken.discard(name)
            continue
        loop = changed
        before.append(Assign(name, element.read, loop.span))
        if element.written:
            after.append(Store(element.read.args[0], element.read.args[1], Name(name, ELEMENT), span=loop.span))
    return (*before, loop, *after)


def is_plain(stmt: Stmt) -> bool:
    """Whether numbers are computed, stored, put on a tape or taken from it."""
    match stmt:
        case Append(value=Tuple(items)):
            return all(isinstance(i.kind, Scalar) for i in items)
        case Append(value=value):
            return isinstance(value.kind, Scalar)
        case Pop(kinds=kinds):
            return bool(kinds) and all(isinstance(k, Scalar) for k in kinds)
    return is_simple(stmt)


def elements(loop: For, ranks: dict[str, int]) -> Iterator[Element]:
    """Elements that each iteration updates, or reads while it writes to memory that may be the same to the compiler."""
    bound = all_bound((loop,))
    written = {place for s in loop.body if (place := written_place(s, ranks)) is not None}
    stores = any(a.does != "reads" and a.index is not None for a in accesses(loop.body, (loop,)))
    read = {
        replace(e, kind=ELEMENT)
        for s in loop.body
        for whole in expressions(s)
        for e in evaluated(whole)
        if stores and isinstance(e, Apply) and is_getitem(e) and is_element(e, ranks)
    }
    for place in sorted(written | read, key=repr):
        if not names(place) & bound:
            yield Element(place, place in written)


def written_place(stmt: Stmt, ranks: dict[str, int]) -> Apply | None:
    match stmt:
        case Store(base=Name(id) as base, index=index):
            pass
        case Accumulate(target=id, index=index, base=None | Name()) if index is not None:
            base = stmt.base if isinstance(stmt.base, Name) else Name(id)
        case _:
            return None
    kind = Array("float64", (None,) * ranks.get(base.id, 0))
    place = Apply(operator.getitem, (replace(base, kind=kind), index), (), ELEMENT)
    return place if is_element(place, ranks) else None


def is_element(place: Apply, ranks: dict[str, int]) -> bool:
    """Whether a number is selected, by one integer for each axis, which no contents of an array say."""
    base, index = place.args
    parts = parts_of(index)
    if not isinstance(base, Name) or parts is None or len(parts) != ranks.get(base.id):
        return False
    memory = {e.id for e in subexpressions(index) if isinstance(e, Name) and not isinstance(e.kind, Scalar)}
    if memory & content_reads(index):
        return False
    return all(isinstance(p.kind, Scalar) and p.kind.dtype == "int64" for p in parts)


def is_left(element: Element, loop: For, here: Surroundings) -> bool:
    """Whether the loop, in which a variable has the element's place, comes to the element no more."""

    def is_apart(access: Access) -> bool:
        if here.memory(access.name) != here.memory(element.array):
            return True
        if access.name != element.array or access.index is None:
            return False
        return differ(loop, here, element.parts, access.index)

    return all(map(is_apart, accesses(loop.body, (loop,))))


def differ(loop: For, here: Surroundings, a: Index, b: Index) -> bool:
    """Whether the two are different elements in every iteration."""
    bound = all_bound((loop,))
    one = Iteration("here", (loop,), lambda n: n not in bound, here.around)
    return not possible([*one.bounds(), *same_place(one, a, one, b)])


def in_variable(stmt: Stmt, place: Apply, name: str) -> Stmt:
    """The statement with a variable in the place of the element."""
    held = Name(name, ELEMENT)
    target = (place.args[0], place.args[1])
    match stmt:
        case Store(base=base, index=index) if (base, index) == target:
            return Assign(name, rebuilt(stmt.value, place, held), stmt.span)
        case Accumulate(target=id, index=index) if index is not None and (stmt.base or Name(id), index) == target:
            return Accumulate(name, rebuilt(stmt.value, place, held), kind=ELEMENT, span=stmt.span)
    return map_expressions(stmt, lambda e: rebuilt(e, place, held))


def rebuilt(expr: Expr, place: Apply, held: Name) -> Expr:
    return rebuild(expr, lambda e: held if e == place else e)


def fresh(taken: set[str], called: str = "element") -> str:
    name = next(n for i in range(len(taken) + 1) if (n := f"{called}{i or ''}") not in taken)
    taken.add(name)
    return name
