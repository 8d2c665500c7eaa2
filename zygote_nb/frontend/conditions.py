"""Lowering of conditions: truth, ``and``, ``or``, ``not``, the conditional expression, and what follows either."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import ZygoteError
from zygote_nb.frontend import maybe, overloads
from zygote_nb.frontend.chosen import Chosen
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.joining import Mixed, join_paths
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.unset import perhaps
from zygote_nb.ir.core import FALSE, TRUE, Apply, Assign, Const, Expr, If, Name, Tuple, logical_and, logical_or
from zygote_nb.ir.kinds import BOOL, INT, Array, Bottom, ListOf, Opaque, Scalar, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

VALUE = "value of a conditional expression"


def conjunction(tests: list[Expr]) -> Expr:
    if any(t == FALSE for t in tests):
        return FALSE
    return combine([t for t in tests if t != TRUE], True)


def disjunction(tests: list[Expr]) -> Expr:
    if any(t == TRUE for t in tests):
        return TRUE
    return combine([t for t in tests if t != FALSE], False)


def condition(lo: Lowering, node: ast.expr) -> Expr:
    """An expression of which only the truth matters."""
    if isinstance(node, ast.BoolOp):
        return short_circuit(lo, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return negation(lo, node, condition(lo, node.operand))
    return truth(lo, node, lo.value(node))


def negation(lo: Lowering, node: ast.AST, test: Expr) -> Expr:
    if isinstance(test, Const):
        return FALSE if test.value else TRUE
    if isinstance(test, Apply) and test.fn is operator.not_ and test.args[0].kind == BOOL:
        return test.args[0]
    return Apply(operator.not_, (test,), (), BOOL, None, lo.span(node))


def truth(lo: Lowering, node: ast.AST, value: Any) -> Expr:
    if isinstance(value, maybe.Maybe):
        return conjunction([value.test, truth(lo, node, value.value)])
    if isinstance(value, Chosen):
        return TRUE
    value = lo.snapshot(value)
    match value:
        case Const():
            return TRUE if value.value else FALSE
        case Tuple():
            return TRUE if value.items else FALSE
        case Obj():
            return overloads.truth(lo, node, value)
    match value.kind:
        case ListOf():
            return Apply(operator.gt, (lo.length(value), Const(0, INT)), (), BOOL)
        case Scalar(dtype="bool"):
            return value
        case Scalar() | Array(dims=()):
            return Apply(operator.ne, (value, Const(0, INT)), (), BOOL, None, lo.span(node))
        case Bottom():
            return value
        case Opaque():
            return Apply(bool, (value,), (), BOOL, None, lo.span(node))
    what = f"the truth of {describe(value.kind)} is ambiguous"
    raise lo.refuse(node, what, "use .any(), .all(), len() or a comparison")


def combine(tests: list[Expr], is_and: bool) -> Expr:
    if not tests:
        return TRUE if is_and else FALSE
    if len(tests) == 1:
        return tests[0]
    return Apply(logical_and if is_and else logical_or, tuple(tests), (), BOOL)


def short_circuit(lo: Lowering, node: ast.BoolOp) -> Expr:
    """``and`` and ``or`` of conditions; operands that need statements are evaluated only when their turn comes."""
    is_and = isinstance(node.op, ast.And)
    tests: list[Expr] = []
    for i, operand in enumerate(node.values):
        before = dict(lo.env)
        block, test = perhaps(lo, lambda operand=operand: condition(lo, operand), i > 0)
        if block:
            lo.env = before
            return short_circuit_blocks(lo, node, tests, node.values[i:], is_and)
        if isinstance(test, Const):
            if bool(test.value) != is_and:
                tests.append(test)
                break
            continue
        tests.append(test)
    return combine(tests, is_and)


def short_circuit_blocks(lo: Lowering, node: ast.BoolOp, tests: list[Expr], rest: list[ast.expr], is_and: bool) -> Expr:
    name = lo.fresh("c")
    rest = list(rest)
    lo.out.append(Assign(name, combine(tests, is_and) if tests else condition(lo, rest.pop(0)), lo.span(node)))
    held = Name(name, BOOL)
    for operand in rest:
        test = held if is_and else Apply(operator.not_, (held,), (), BOOL)
        branch(
            lo, node, test,
            lambda operand=operand: lo.out.append(Assign(name, condition(lo, operand), lo.span(node))),
            lambda: None,
        )  # fmt: skip
    return held


def lower_bool_op(lo: Lowering, node: ast.BoolOp) -> Expr:
    """``a or b`` as a value: the chosen operand."""
    first, rest = node.values[0], node.values[1:]
    if is_truth_value(lo, first) and all(is_truth_value(lo, n) for n in rest):
        return short_circuit(lo, node)
    value = lo.value(first)
    other = rest[0] if len(rest) == 1 else at_place_of(node, ast.BoolOp(node.op, rest))
    if isinstance(value, (Const, Tuple, Obj)):
        test = truth(lo, node, value)
        if isinstance(test, Const):
            return lo.value(other) if bool(test.value) == isinstance(node.op, ast.And) else value
    name = lo.fresh("t")
    held = lo.assigned(node, name, value)
    test = truth(lo, first, held)
    if isinstance(node.op, ast.Or):
        test = negation(lo, node, test)
    return choose(lo, node, test, lambda: lo.value(other), lambda: held, name)


def is_truth_value(lo: Lowering, node: ast.expr) -> bool:
    """Whether an operand surely is True or False, so that the operator is one of logic; it is looked at only."""
    before = dict(lo.env)
    try:
        _, sketch = lo.sub_block(lambda: lo.expr(node))
    except ZygoteError:
        return False
    finally:
        lo.env = before
    known = isinstance(sketch, Const)
    return type(sketch.value) is bool if known else isinstance(sketch.kind, Scalar) and sketch.kind.dtype == "bool"


def lower_if_exp(lo: Lowering, node: ast.IfExp) -> Expr:
    test = condition(lo, node.test)
    if isinstance(test, Const):
        return lo.value(node.body if test.value else node.orelse)
    return choose(lo, node, test, lambda: lo.value(node.body), lambda: lo.value(node.orelse), lo.fresh("t"))


def choose(
    lo: Lowering, node: ast.AST, test: Expr, body: Callable[[], Any], orelse: Callable[[], Any], name: str
) -> Any:
    """A conditional value, as an ``if`` statement that assigns it."""

    def write(value: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            lo.env[VALUE] = lo.assigned(node, name, lo.renamed_safely(name, value(), node))

        return run

    outer = lo.env.get(VALUE)
    branch(lo, node, test, write(body), write(orelse))
    chosen = lo.env.pop(VALUE)
    if outer is not None:
        lo.env[VALUE] = outer
    if isinstance(chosen, Mixed):
        from zygote_nb.frontend.pools import needs_pool_for

        what = f"the branches give {' and '.join(describe(k) for k in chosen.kinds)}"
        needs_pool_for(lo, node, chosen.kinds, what)
        raise lo.refuse(node, what, "make both branches give values of one kind")
    return chosen


def branch(lo: Lowering, node: ast.AST, test: Expr, body: Callable[[], Any], orelse: Callable[[], Any]) -> None:
    """An ``if`` with both branches written by callables, and the variables joined after it."""
    from zygote_nb.frontend.jumps import at_open_ends, closed, raises

    env = dict(lo.env)
    there, away = maybe.narrowed(env, test, True), maybe.narrowed(env, test, False)
    after_then, then = one_branch(lo, node, env, there, body)
    after_other, other = one_branch(lo, node, env, away, orelse)
    if not (closed(then) or closed(other)):
        for name in there:
            # After both branches, a name that neither has bound stands for what it stood for before.
            if after_then.get(name) is there[name] and after_other.get(name) is away[name]:
                after_then[name] = after_other[name] = env[name]
    if closed(then) and not closed(other):
        lo.env = after_other
    elif closed(other) and not closed(then):
        lo.env = after_then
    else:
        lo.env, left, right = join_paths(lo, node, after_then, after_other)
        if not closed(then):
            then, other = at_open_ends(then, tuple(left)), at_open_ends(other, tuple(right))
    # What follows a branch that raises is no branch: it has no path around it.
    if raises(then) and not closed(other):
        lo.out += (If(test, then, (), lo.span(node)), *other)
    elif raises(other) and not closed(then):
        lo.out += (If(negation(lo, node, test), other, (), lo.span(node)), *then)
    elif then or other:
        lo.out.append(If(test, then, other, lo.span(node)))


def one_branch(
    lo: Lowering, node: ast.AST, env: dict[str, Any], known: dict[str, Any], write: Callable[[], Any]
) -> tuple[dict[str, Any], Any]:
    """A branch, in which some names are known to have a value, or none."""
    lo.env = {**env, **known}
    block, _ = lo.sub_block(lambda: until_end(lo, node, write))
    return lo.env, block


def until_end(lo: Lowering, node: ast.AST, write: Callable[[], Any]) -> None:
    """Write a branch; what surely raises is its end."""
    from zygote_nb.frontend.lower import Ended
    from zygote_nb.frontend.raises import ending

    try:
        write()
    except Ended as end:
        lo.out.append(ending(lo, node, end))
