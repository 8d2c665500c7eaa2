"""Elements that an iteration hands to the next one through memory, held in variables while the loop runs.

After ``y[i, j - 1] += g`` the next iteration reads the same element as ``y[i, j]``: each waits for the memory that the
one before it wrote to. A variable takes no time. LLVM finds out by itself where nothing else in the loop is in the same
array; that ``y[i - 1, j]`` is another row it can't know.
"""

from __future__ import annotations

from collections.abc import Iterator

from zygote_nb.analysis.commuting import Surroundings, accesses
from zygote_nb.analysis.iterations import moves, parts_of
from zygote_nb.analysis.linear import Form, linear
from zygote_nb.backend.guards import entered
from zygote_nb.backend.registers import (
    ELEMENT,
    Element,
    differ,
    fresh,
    in_each_loop,
    in_variable,
    is_element,
    is_left,
    is_plain,
    written_place,
)
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Apply, Assign, Block, Const, Expr, For, If, Name, Stmt, Store, Tuple, is_getitem
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import apart, plus_constant
from zygote_nb.ir.walk import all_bound, blocks, evaluated, expressions, names, substitute

MOST = 3
"""Iterations that an element is held for at most."""
Line = tuple[str, int, tuple[Expr, ...], tuple[tuple[str, int], ...]]
"""Elements of an array along one of its axes, by indices that differ by constants."""
Places = dict[int, Apply]
"""Elements of one line by how far they are ahead: by one more each time, an iteration comes to what the next has."""


def with_windows(function: Generated) -> Generated:
    """The function, whose parameters don't share memory, with such elements in variables."""
    return in_each_loop(function, with_elements_ahead)


def with_elements_ahead(loop: For, here: Surroundings, ranks: dict[str, int], taken: set[str]) -> Block:
    if any(map(blocks, loop.body)) or not all(map(is_plain, loop.body)) or loop.count is not None:
        return (loop,)
    if loop.step not in (Const(1), Const(-1)) or moves(loop.start, loop) or moves(loop.stop, loop):
        return (loop,)
    before: list[Stmt] = []
    after: list[Stmt] = []
    for line, places, changes in windows(loop, ranks):
        if is_left_to_llvm(line, places, loop, ranks[line[0]]):
            continue
        held = {k: fresh(taken, "passed") for k in places}
        changed = replace(loop, body=with_held(loop.body, places, held))
        if not is_possible(places, changed, here):
            taken -= set(held.values())
            continue
        first, loop, last = rolling(changed, places, held, changes)
        before += first
        after += last
    if not before:
        return (loop,)
    return (If(entered(loop), (*before, loop, *after), (), loop.span),)


def windows(loop: For, ranks: dict[str, int]) -> Iterator[tuple[Line, Places, set[int]]]:
    """For each line the elements from one that is read to the furthest ahead that is written to, and which are.

    The loop touches all of them.
    """
    changed, read = touched(loop, ranks)
    for line in dict.fromkeys(changed):
        both = {**read.get(line, {}), **changed[line]}
        last = max(changed[line])
        first = last
        while first - 1 in both and last - first < MOST:
            first -= 1
        earliest = min((k for k in read.get(line, {}) if first <= k < last), default=last)
        if earliest < last:
            yield line, {k: both[k] for k in range(earliest, last + 1)}, {k for k in changed[line] if k >= earliest}


def touched(loop: For, ranks: dict[str, int]) -> tuple[dict[Line, Places], dict[Line, Places]]:
    """What each iteration writes to and what it reads, whichever way its choices go."""
    changed: dict[Line, Places] = {}
    read: dict[Line, Places] = {}
    for stmt in loop.body:
        target = written_place(stmt, ranks)
        for whole in expressions(stmt):
            for e in evaluated(whole):
                if isinstance(e, Apply) and is_getitem(e) and is_element(e, ranks):
                    note(read, replace(e, kind=ELEMENT), loop)
        if target is not None:
            note(changed, target, loop)
    return changed, read


def note(found: dict[Line, Places], place: Apply, loop: For) -> None:
    where = on_line(place, loop)
    if where is not None:
        line, ahead = where
        found.setdefault(line, {}).setdefault(ahead, place)


def on_line(place: Apply, loop: For) -> tuple[Line, int] | None:
    """The line of an element and how far it is ahead, if its index goes along with the loop on one axis."""
    parts = parts_of(place.args[1]) or ()
    own = all_bound((loop,))
    moving = [k for k, part in enumerate(parts) if names(part) & own]
    if len(moving) != 1:
        return None
    axis = moving[0]
    form: Form | None = linear(parts[axis], lambda n: n if n == loop.var or n not in own else None)
    if form is None or dict(form[0]).get(loop.var) != 1:
        return None
    base = place.args[0]
    assert isinstance(base, Name)
    others = (*parts[:axis], *parts[axis + 1 :])
    return (base.id, axis, others, form[0]), form[1] if loop.step == Const(1) else -form[1]


def is_left_to_llvm(line: Line, places: Places, loop: For, rank: int) -> bool:
    """Whether the elements lie one after the other in memory and nothing else in the loop is in their array."""
    own = set(map(element_index, places.values()))
    others = (a.index for a in accesses(loop.body, (loop,)) if a.name == line[0])
    return line[1] == rank - 1 and all(index in own for index in others)


def element_index(place: Apply) -> tuple[Expr, ...]:
    return parts_of(place.args[1]) or ()


def with_held(body: Block, places: Places, held: dict[int, str]) -> Block:
    for k, place in places.items():
        body = tuple(in_variable(s, place, held[k]) for s in body)
    return body


def is_possible(places: Places, changed: For, here: Surroundings) -> bool:
    """Whether the elements of an iteration are different ones, and the loop comes to them by no other way."""
    indices = list(map(element_index, places.values()))
    pairs = ((a, b) for i, a in enumerate(indices) for b in indices[:i])
    if not all(differ(changed, here, a, b) for a, b in pairs):
        return False
    return all(is_left(Element(place, True), changed, here) for place in places.values())


def rolling(loop: For, places: Places, held: dict[int, str], changed: set[int]) -> tuple[Block, For, Block]:
    """What comes before the loop, the loop, and what comes after it."""
    earliest, last = min(places), max(places)
    span = loop.span

    def at(k: int, where: Expr | None) -> Apply:
        return places[k] if where is None else moved(places[k], loop.var, where)

    def load(k: int, where: Expr | None) -> Stmt:
        return Assign(held[k], at(k, where), span)

    def store(k: int, where: Expr | None) -> Stmt:
        base, index = at(k, where).args
        return Store(base, index, Name(held[k], ELEMENT), span=span)

    early = range(earliest, last)
    kept = store(last, None) if changed == {last} else store(earliest, None)
    handed = tuple(Assign(held[k], Name(held[k + 1], ELEMENT), span) for k in early)
    body = (load(last, None), *loop.body, kept, *handed)
    after = () if changed == {last} else tuple(store(k, loop.stop) for k in early)
    return tuple(load(k, loop.start) for k in early), replace(loop, body=body), after


def moved(place: Apply, var: str, where: Expr) -> Apply:
    """The element whose index has something else in the place of a variable."""
    base, index = place.args
    items = index.items if isinstance(index, Tuple) else (index,)
    new = tuple(instead(item, var, where) for item in items)
    return replace(place, args=(base, replace(index, items=new) if isinstance(index, Tuple) else new[0]))


def instead(item: Expr, var: str, where: Expr) -> Expr:
    rest, number = apart(item)
    return plus_constant(substitute(rest, {var: where}), number)
