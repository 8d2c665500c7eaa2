"""Loops whose result is what one of their iterations makes: the least, the last that fulfils a condition.

``best = min(best, e)``, or ``if e < best: best = e``, has the derivative of ``e`` in the iteration that wrote last,
and none in the others. So the loop only finds out which iteration that was, and what this one makes is made once more,
after it. The backward sweep then needs neither the loop nor what it kept.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from zygote_nb.analysis.commuting import Surroundings, with_loops
from zygote_nb.analysis.exposed import exposed
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Apply,
    Assign,
    Attempt,
    Block,
    Const,
    Expr,
    For,
    Function,
    If,
    Name,
    Stmt,
)
from zygote_nb.ir.kinds import BOOL, INT, Kind, Scalar, is_float
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    breaks,
    map_expressions,
    names,
    rename,
    statements,
    substitute,
    with_blocks,
)
from zygote_nb.rules import registry

Fresh = Callable[[str], str]
FIRST = {min: operator.lt, max: operator.gt}
"""``min(a, b)`` is ``b if b < a else a``."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``test`` says whether an iteration writes; ``writes`` are then its assignments. ``at`` is where it stands."""

    test: Expr
    writes: tuple[Assign, ...]
    at: int


def with_last_writes(function: Function, varied: set[str], fresh: Fresh) -> Function:
    """The function with such loops written out, where a derivative passes through them."""
    if any(isinstance(s, Attempt) for s in statements(function.body)):
        return function
    after = frozenset().union(*map(names, function.result)) if function.result else frozenset()

    def change(loop: For, here: Surroundings) -> Block:
        return found_out(loop, here.after, varied, fresh) or (loop,)

    return replace(function, body=with_loops(function.body, Surroundings({}, after), change))


def found_out(loop: For, after: frozenset[str], varied: set[str], fresh: Fresh) -> Block | None:
    """The loop that finds out which iteration wrote last, and what that one made; None if it isn't of this form."""
    if loop.count is not None or loop.snapshots is not None or breaks(loop.body):
        return None
    if not all(map(is_pure, statements(loop.body))) or names(loop.stop) & all_bound(loop.body):
        return None
    kinds = {s.target: s.value.kind for s in statements(loop.body) if isinstance(s, Assign)}
    live = (set(kinds) | all_bound(loop.body)) & (exposed(loop.body) | after)
    active = {n for n in live if n in kinds and is_float(kinds[n])}
    decision = decision_of(loop, active)
    if not active & varied or decision is None or not is_alone(loop, decision, active):
        return None
    again = slice_of(loop, decision, active)
    if exposed(again) & (all_bound(loop.body) | live):
        return None
    return written_last(loop, decision, active, again, kinds, fresh)


def is_pure(stmt: Stmt) -> bool:
    match stmt:
        case Assign():
            return isinstance(stmt.value.kind, Scalar)
        case For():
            return stmt.count is None and stmt.snapshots is None
    return isinstance(stmt, If)


def decision_of(loop: For, active: set[str]) -> Decision | None:
    """The one statement of the body that writes to the active variables."""
    writers = [(i, s) for i, s in enumerate(loop.body) if active & all_bound((s,))]
    match writers:
        case [(at, If(test, body, ()))] if all(isinstance(s, Assign) for s in body):
            return Decision(test, body, at)  # type: ignore[arg-type]
        case [(at, Assign(target, Apply(fn=fn, args=(Name(target_), value))) as stmt)] if (
            fn in FIRST and target_ == target and is_built_in(fn)
        ):
            test = Apply(FIRST[fn], (value, Name(target, stmt.value.kind)), (), BOOL)
            return Decision(test, (replace(stmt, value=value),), at)
    return None


def is_built_in(fn: Callable[..., float]) -> bool:
    """Whether no rule of the user's says otherwise."""
    rule = registry.lookup(fn)
    return rule is not None and rule.built_in


def is_alone(loop: For, decision: Decision, active: set[str]) -> bool:
    """Whether nothing but the decision reads the active variables, and what is written doesn't depend on them."""
    others = (*loop.body[: decision.at], *loop.body[decision.at + 1 :])
    targets = [w.target for w in decision.writes]
    if active & all_read(others) or any(active & names(w.value) for w in decision.writes):
        return False
    return active <= set(targets) and len(set(targets)) == len(targets)


def slice_of(loop: For, decision: Decision, active: set[str]) -> Block:
    """What an iteration does to make what it writes to the active variables."""
    out: list[Stmt] = []
    needed: set[str] = set()
    for stmt in reversed((*loop.body[: decision.at], *decision.writes)):
        if all_bound((stmt,)) & (needed | active):
            out.append(stmt)
            needed |= all_read((stmt,))
    return tuple(reversed(out))


def written_last(
    loop: For, decision: Decision, active: set[str], again: Block, kinds: dict[str, Kind], fresh: Fresh
) -> Block:
    chosen, so_far = fresh("chosen"), {n: fresh(n) for n in sorted(active)}
    none, any_chosen = sentinel(loop, Name(chosen, INT))
    span = loop.body[decision.at].span
    marked = (*decision.writes, Assign(chosen, Name(loop.var, INT), span))
    body = (*loop.body[: decision.at], If(decision.test, marked, (), span), *loop.body[decision.at + 1 :])
    finding = rename((replace(loop, body=body),), lambda n: so_far.get(n, n))
    own = {n: fresh(n) for n in sorted(all_bound(again) - active)}
    made = replaced(rename(again, lambda n: own.get(n, n)), {loop.var: Name(chosen, INT)})
    before = [Assign(v, Name(n, kinds[n]), loop.span) for n, v in so_far.items()]
    return (*before, Assign(chosen, none, loop.span), *finding, If(any_chosen, made, (), span))


def sentinel(loop: For, chosen: Expr) -> tuple[Expr, Expr]:
    """A number that the loop's variable never is, and the test that it was overwritten."""
    if loop.start == INT_ZERO and loop.step == INT_ONE:
        return Const(-1, INT), Apply(operator.ge, (chosen, INT_ZERO), (), BOOL)
    return loop.stop, Apply(operator.ne, (chosen, loop.stop), (), BOOL)


def replaced(block: Block, values: dict[str, Expr]) -> Block:
    changed = (map_expressions(s, lambda e: substitute(e, values)) for s in block)
    return tuple(with_blocks(s, tuple(replaced(b, values) for b in blocks(s))) for s in changed)
