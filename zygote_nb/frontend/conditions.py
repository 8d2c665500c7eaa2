"""Lowering of conditions: comparisons, ``and``, ``or``, ``not``, the conditional expression."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import ZygoteError
from zygote_nb.frontend import maybe, overloads
from zygote_nb.frontend.chosen import Chosen, test_for
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.joining import Mixed, join_paths
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.pools import is_pooled, same_row
from zygote_nb.frontend.tables import Table
from zygote_nb.frontend.templates import Members, Rows
from zygote_nb.frontend.unset import perhaps
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import FALSE, TRUE, Apply, Assign, Const, Expr, If, Name, Tuple, logical_and, logical_or
from zygote_nb.ir.kinds import BOOL, INT, Array, Bottom, ListOf, Opaque, Scalar, Static, describe
from zygote_nb.ir.walk import all_bound

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
VALUE = "value of a conditional expression"


def lower_compare(lo: Lowering, node: ast.Compare) -> Expr:
    if len(node.ops) == 1:
        left, right = lo.held([node.left, *node.comparators])
        if isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(right, Obj) and right.cls is GeneratorType:
            return among_items(lo, node, lo.snapshot(left), right)
        known = maybe.comparison(lo, node, node.ops[0], left, right)
        if known is not None:
            return known
        return comparison(lo, node, node.ops[0], lo.snapshot(left), lo.snapshot(right))
    return chained_comparison(lo, node)


def chained_comparison(lo: Lowering, node: ast.Compare) -> Expr:
    """``a < b < c``: each operand evaluated at most once, the later ones only when they are reached."""
    left, middle = lo.exprs([node.left, node.comparators[0]])
    if isinstance(middle, Apply):
        middle = lo.temporary("t", middle, node)
    tests = [comparison(lo, node, node.ops[0], left, middle)]
    for i, comparator in enumerate(node.comparators[1:], 1):
        block, right = perhaps(lo, lambda comparator=comparator: lo.expr(comparator))
        if block:
            again = isinstance(middle, Name) and middle.id in all_bound(tuple(block))
            return chain_rest(lo, node, tests, lo.temporary("t", middle, node) if again else middle, i)
        if isinstance(right, Apply) and i + 1 < len(node.comparators):
            right = lo.temporary("t", right, node)
        tests.append(comparison(lo, node, node.ops[i], middle, right))
        middle = right
    return combine(tests, True)


def chain_rest(lo: Lowering, node: ast.Compare, tests: list[Expr], left: Expr, at: int) -> Expr:
    """The rest of a chain whose next operand needs statements."""
    name = lo.fresh("c")
    lo.out.append(Assign(name, combine(tests, True), lo.span(node)))
    held = Name(name, BOOL)

    def rest() -> None:
        right = lo.expr(node.comparators[at])
        if isinstance(right, Apply) or (isinstance(right, Name) and at + 1 < len(node.comparators)):
            right = lo.temporary("t", right, node)
        lo.out.append(Assign(name, comparison(lo, node, node.ops[at], left, right), lo.span(node)))
        if at + 1 < len(node.comparators):
            later = chain_rest(lo, node, [held], right, at + 1)
            lo.out.append(Assign(name, later, lo.span(node)))

    branch(lo, node, held, rest, lambda: None)
    return held


def comparison(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Any, right: Any) -> Expr:
    if isinstance(op, (ast.In, ast.NotIn)):
        return membership(lo, node, op, left, right)
    fn = COMPARE[type(op)]
    if isinstance(left, Chosen) or isinstance(right, Chosen):
        return compare_choices(lo, node, fn, left, right)
    if isinstance(left, Obj) or isinstance(right, Obj):
        return compare_objects(lo, node, fn, left, right)
    if overloads.has_methods(left) or overloads.has_methods(right):
        result = overloads.binary(lo, node, fn, left, right)
        if result is not None:
            return lo.truth(node, result) if isinstance(result, Const) else result
    folded = fold_comparison(fn, left, right)
    if folded is not None:
        return TRUE if folded else FALSE
    if fn in (operator.is_, operator.is_not) and not isinstance(left.kind, Opaque):
        what = "`is` between values is not differentiated"
        raise lo.refuse(node, what, "compare with `==`, or test for None")
    if isinstance(left.kind, Opaque) or isinstance(right.kind, Opaque):
        return Apply(fn, (left, right), (), BOOL, None, lo.span(node))
    if isinstance(left, Tuple) and isinstance(right, Tuple):
        from zygote_nb.frontend.orders import compare_tuples

        found = compare_tuples(lo, node, op, left, right)
        if found is not None:
            return found
    return lo.apply(node, fn, [left, right])


def compare_choices(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Expr:
    """``f is g`` where one of them is a function chosen as the program runs."""
    choice, other = (left, right) if isinstance(left, Chosen) else (right, left)
    if fn not in EQUALITIES or isinstance(other, Chosen):
        raise lo.refuse(node, "functions chosen as the program runs are compared", "compare what they were chosen by")
    same = test_for(choice, other)
    return same if fn in (operator.is_, operator.eq) else negation(lo, node, same)


def compare_objects(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Expr:
    if fn in (operator.is_, operator.is_not):
        if isinstance(left, Obj) and isinstance(right, Obj):
            if left.ident != right.ident and {left.cls, right.cls} <= {Rows, Table, Members}:
                what = "whether these are one object depends on the path taken"
                raise lo.refuse(node, what, "compare a value that tells them apart")
            if is_pooled(lo, left) or is_pooled(lo, right):
                equal = same_row(lo, node, left, right)
                return equal if fn is operator.is_ else negation(lo, node, equal)
            p, q = get_object(lo, left), get_object(lo, right)
            if left.ident != right.ident and p.origins & q.origins:
                what = "whether these are one object depends on the path taken"
                raise lo.refuse(node, what, "compare a value that tells them apart")
            same = left.ident == right.ident
        else:
            same = False
        return TRUE if same == (fn is operator.is_) else FALSE
    result = overloads.binary(lo, node, fn, left, right)
    if result is not None:
        return lo.truth(node, result) if isinstance(result, Const) else result
    if fn in (operator.eq, operator.ne):
        equal = overloads.equal_fields(lo, node, left, right)
        return equal if fn is operator.eq else negation(lo, node, equal)
    raise lo.refuse(node, f"{describe(left.kind)} is compared", "compare its attributes")


def conjunction(tests: list[Expr]) -> Expr:
    if any(t == FALSE for t in tests):
        return FALSE
    return combine([t for t in tests if t != TRUE], True)


def disjunction(tests: list[Expr]) -> Expr:
    if any(t == TRUE for t in tests):
        return TRUE
    return combine([t for t in tests if t != FALSE], False)


def membership(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Any, right: Any) -> Expr:
    found = contains(lo, node, left, right)
    return found if isinstance(op, ast.In) else negation(lo, node, found)


def among_items(lo: Lowering, node: ast.Compare, item: Any, iterator: Obj) -> Expr:
    """``in`` of an iterator, which takes no more than it must."""
    from zygote_nb.frontend import generators, loops

    found: Expr = generators.value_of(lo, node, loops.is_in, [iterator, item])
    return found if isinstance(node.ops[0], ast.In) else negation(lo, node, found)


def contains(lo: Lowering, node: ast.AST, left: Any, right: Any) -> Expr:
    if isinstance(right, Obj):
        return overloads.contains(lo, node, left, right)
    if isinstance(right, Const) and isinstance(right.value, (str, frozenset, set, tuple, dict, range)):
        if isinstance(left, Const):
            return TRUE if left.value in right.value else FALSE
        if not isinstance(right.value, str):
            right = make_tuple(tuple(lo.constant(v) for v in right.value), tuple)
    if isinstance(right.kind, Opaque) or (isinstance(right, Const) and isinstance(left.kind, Opaque)):
        return Apply(operator.contains, (right, left), (), BOOL, None, lo.span(node))
    if not isinstance(right, Tuple):
        raise lo.refuse(node, "`in` is differentiated for tuples, lists and dicts only", "write the comparisons out")
    left = left if not isinstance(left, Apply) else lo.temporary("t", left, node)
    tests = [comparison(lo, node, ast.Eq(), left, item) for item in right.items]
    if any(t == TRUE for t in tests):
        return TRUE
    tests = [t for t in tests if t != FALSE]
    return combine(tests, False) if tests else FALSE


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


def fold_comparison(fn: Any, left: Expr, right: Expr) -> bool | None:
    """The result of a comparison that the kinds alone decide."""
    if isinstance(left, Tuple) and isinstance(right, Tuple) and all(map(is_constant, left.items + right.items)):
        return bool(fn(tuple(i.value for i in left.items), tuple(i.value for i in right.items)))  # type: ignore[union-attr]
    if is_constant(left) and is_constant(right):
        return bool(fn(left.value, right.value))  # type: ignore[union-attr]
    for a, b in ((left, right), (right, left)):
        if isinstance(a, Const) and isinstance(a.kind, Static) and fn in EQUALITIES:
            if a.value is None and not isinstance(b.kind, (Static, Bottom, Opaque)):
                return fn in (operator.is_not, operator.ne)
            if isinstance(a.value, str) and isinstance(b.kind, (Scalar, Array)):
                return fn in (operator.is_not, operator.ne)
    return None


EQUALITIES = (operator.is_, operator.is_not, operator.eq, operator.ne)


def is_constant(value: Any) -> bool:
    return isinstance(value, Const)
