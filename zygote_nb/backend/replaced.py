"""Elements that keep their value or are replaced by what others of their array give: on the way back, a branch.

``d[i, j] = min(d[i, j], d[i, k] + d[k, j])`` hands the cotangent of an element back to itself or to the others. The
readable text multiplies it by both answers, and adds up zeros: each iteration waits for the memory that the one before
it wrote to. Such an element is replaced seldom, and a branch that is foreseen takes no time. Where nothing else of the
array gets something, LLVM does several iterations at once, and there is no branch.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator

from zygote_nb.analysis.alias import alias_map
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import ZERO, Accumulate, Apply, Assign, Block, Expr, If, Name, Stmt, Store, is_getitem
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import blocks, names, read, root, statements, with_blocks

Groups = dict[str, set[str]]
"""Of names, those that may stand for the same memory."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """An element whose cotangent ``store`` clears where the ``answer`` is yes.

    What is ``given`` before it binds a variable, or adds to others; so does what comes ``after`` it.
    """

    store: Store
    answer: Expr
    given: Assign | Accumulate | None
    after: tuple[Accumulate, ...]

    @property
    def branch(self) -> If:
        before = () if self.given is None else (self.given,)
        body = (*before, replace(self.store, value=ZERO), *self.after)
        return If(self.answer, tuple(map(self.where_replaced, body)), (), self.store.span)

    def where_replaced(self, stmt: Assign | Accumulate | Store) -> Stmt:
        return replace(stmt, value=without(stmt.value, self.answer))


def with_branches(function: Generated) -> Generated:
    """The function, which hands on the cotangent of a replaced element only where it was replaced."""
    if not any(isinstance(s, Store) and kept(s) for s in statements(function.backward)):
        return function
    body = (*function.forward, *function.backward)
    readers = Counter(n for s in statements(body) for n in read(s))
    readers.update(n for e in function.results for n in names(e))
    return replace(function, backward=in_block(function.backward, readers, alias_map(body)))


def in_block(block: Block, readers: Counter[str], groups: Groups) -> Block:
    done: list[Stmt] = []
    rest = [with_blocks(s, tuple(in_block(b, readers, groups) for b in blocks(s))) if blocks(s) else s for s in block]
    while rest:
        stmt = rest.pop(0)
        element = replaced(stmt, done, rest)
        if element is None or not is_left_to_branch(element, readers, groups):
            done.append(stmt)
            continue
        done = [s for s in done if s is not element.given]
        done.append(element.branch)
        del rest[: len(element.after)]
    return tuple(done)


def replaced(stmt: Stmt, before: list[Stmt], rest: list[Stmt]) -> Replaced | None:
    """The element that a store keeps or clears, if it is handed on by the opposite answer around it."""
    if not isinstance(stmt, Store) or stmt.add or not kept(stmt):
        return None
    whole, answer = kept(stmt)
    if not is_current(whole, stmt, before):
        return None
    given = given_before(stmt, answer, before)
    after = tuple(handed_on(given.target if isinstance(given, Assign) else None, answer, rest))
    opposite = next((o for s in (given, *after) if s is not None and (o := opposed(s.value, answer))), None)
    return None if opposite is None else Replaced(stmt, opposite, given, after)


def is_current(whole: Expr, store: Store, before: list[Stmt]) -> bool:
    """Whether the cotangent is what the element holds before the store."""
    element = (store.base, store.index)
    if isinstance(whole, Apply):
        return whole.args == element
    value = next((s.value for s in bound_before(store, before) if Name(s.target) == whole), None)
    return isinstance(value, Apply) and is_getitem(value) and value.args == element


def given_before(store: Store, answer: Expr, before: list[Stmt]) -> Assign | Accumulate | None:
    """The statement that takes the cotangent where the answer is the opposite, and may as well come just before."""
    last = before[-1] if before else None
    if isinstance(last, Accumulate):
        return last if opposed(last.value, answer) else None
    passed: set[str] = set()
    for stmt in bound_before(store, before):
        if opposed(stmt.value, answer):
            return None if passed & names(stmt.value) else stmt
        passed.add(stmt.target)
    return None


def bound_before(store: Store, before: list[Stmt]) -> Iterator[Assign]:
    """Variables that are bound just before, the last first, down to one that the store reads.

    What hands the cotangent on by its factor may come between.
    """
    needed = names(store.base) | names(store.index) | names(store.value)
    for stmt in reversed(before):
        if isinstance(stmt, Accumulate) and stmt is before[-1] and opposed(stmt.value, kept(store)[1]):
            continue
        if not isinstance(stmt, Assign):
            return
        yield stmt
        if stmt.target in needed:
            return


def kept(store: Store) -> tuple[Expr, Expr] | tuple[()]:
    """The cotangent and the answer to a comparison whose product is stored."""
    match store.value:
        case Apply(fn=operator.mul, args=(whole, answer)) if is_answer(answer) and (
            isinstance(whole, Name) or is_getitem(whole)
        ):
            return whole, answer
    return ()


def opposed(expr: Expr, answer: Expr) -> Expr | None:
    """The factor of a product that is the opposite of an answer."""
    match expr:
        case Apply(fn=operator.mul, args=(a, b)):
            return opposed(a, answer) or opposed(b, answer)
        case Apply() if is_answer(expr):
            pairs = ((expr, answer), (answer, expr))
            found = any(isinstance(a, Apply) and a.fn is operator.not_ and a.args == (b,) for a, b in pairs)
            return expr if found else None
    return None


def without(expr: Expr, answer: Expr) -> Expr:
    """A product whose factor, the answer, is yes."""
    match expr:
        case Apply(fn=operator.mul, args=(a, b)):
            one, other = without(a, answer), without(b, answer)
            if answer in (a, b):
                return other if answer == a else one
            return replace(expr, args=(one, other))
    return expr


COMPARISONS = {operator.lt, operator.gt, operator.le, operator.ge}


def is_answer(expr: Expr) -> bool:
    if isinstance(expr, Apply) and expr.fn is operator.not_:
        return is_answer(expr.args[0])
    return isinstance(expr, Apply) and expr.fn in COMPARISONS and getattr(expr.kind, "ndim", 0) == 0


def handed_on(variable: str | None, answer: Expr, rest: list[Stmt]) -> Iterator[Accumulate]:
    """The statements that follow and add nothing where the element is kept."""
    for stmt in rest:
        if not isinstance(stmt, Accumulate):
            return
        if opposed(stmt.value, answer) is None and not (variable and vanishes(stmt.value, variable)):
            return
        yield stmt


def vanishes(expr: Expr, name: str) -> bool:
    """Whether a number is zero where the variable is: what isn't chosen gives nothing, not zero times infinity."""
    match expr:
        case Name(id=found):
            return found == name
        case Apply(fn=operator.neg, args=(a,)) | Apply(fn=operator.truediv, args=(a, _)):
            return vanishes(a, name)
        case Apply(fn=operator.mul, args=(a, b)):
            return vanishes(a, name) or vanishes(b, name)
    return False


def is_left_to_branch(element: Replaced, readers: Counter[str], groups: Groups) -> bool:
    """Whether others of the same array get something, nobody else asks what a variable was given, and none of this
    changes the answer."""
    given, array = element.given, root(element.store.base)
    adds = [s for s in (given, *element.after) if isinstance(s, Accumulate)]
    others = {root(s.base or Name(s.target)) for s in adds if s.index is not None}
    if isinstance(given, Assign) and readers[given.target] != sum(given.target in read(s) for s in element.after):
        return False
    asked = set[str | None]().union(*(groups.get(n, {n}) for n in names(element.answer)))
    return array in others and asked.isdisjoint(others | {s.target for s in adds})
