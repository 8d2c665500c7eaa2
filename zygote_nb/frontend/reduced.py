"""`sum`, `min`, `max`, `any` and `all` of whatever can be iterated over, as the loops that they stand for."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.frontend import loops
from zygote_nb.frontend.classes import class_method
from zygote_nb.frontend.displays import items as spread_items
from zygote_nb.frontend.generators import is_left_early, value_of
from zygote_nb.frontend.heap import Obj, entries
from zygote_nb.frontend.iteration import either
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.raising import looks_pure
from zygote_nb.frontend.rows import is_rows
from zygote_nb.frontend.sequences import iterated_object
from zygote_nb.frontend.syntax import copied
from zygote_nb.frontend.tables import is_table, listed
from zygote_nb.frontend.unset import UNSURE
from zygote_nb.ir.core import FALSE, TRUE, Assign, Const, For, If, Name, Stmt, Tuple
from zygote_nb.ir.kinds import INT
from zygote_nb.ir.walk import statements

Special = Callable[[Lowering, ast.Call], Any]


def call_sum(lo: Lowering, node: ast.Call) -> Any:
    """``sum`` of an iterable, as the loop that it stands for."""
    rest = [*node.args[1:], *(k.value for k in node.keywords)]
    if not rest or looks_pure(ast.Tuple([node.args[0], rest[0]])):
        start = lo.expr(rest[0]) if rest else Const(0, INT)
        return fold_loop(lo, node, node.args[0], start, operator.add)
    over, held = evaluated_first(lo, node.args[0])
    total = fold_loop(lo, node, over, lo.expr(rest[0]), operator.add)
    lo.env.pop(held, None)
    return total


def evaluated_first(lo: Lowering, over: ast.expr) -> tuple[ast.expr, str]:
    """An iterable that is evaluated here, as an expression, and the variable that stands in it.

    Of a generator expression that is what its first loop goes over. What has a name keeps it.
    """
    lazy = isinstance(over, ast.GeneratorExp)
    first = over.generators[0].iter if lazy else over  # type: ignore[attr-defined]
    if isinstance(first, ast.Name | ast.Constant):
        return over, ""
    name = lo.fresh("items")
    lo.env[name] = lo.assigned(first, name, lo.value(first))
    there = ast.copy_location(ast.Name(name, ast.Load()), first)
    if not lazy:
        return there, name
    made = copied(over)
    made.generators[0].iter = there  # type: ignore[attr-defined]
    return made, name


def fold_loop(lo: Lowering, node: ast.AST, over: ast.expr, start: Any, fn: Callable[..., Any]) -> Any:
    from zygote_nb.frontend.comprehensions import each_item

    name = lo.fresh("total")
    lo.env[name] = lo.assigned(node, name, start)

    def add(item: Any) -> None:
        if isinstance(lo.env[name], Mixed):
            what = "the sum of some arrays is an array, and that of none is the number 0"
            raise lo.refuse(node, what, "start with zeros of that shape: sum(items, np.zeros(n))")
        total = lo.operate(node, fn, lo.env[name], lo.snapshot(item))
        lo.env[name] = lo.assigned(node, name, total)

    each_item(lo, over, add)
    result = lo.env.pop(name)
    if not isinstance(result, (Name, Obj, Const)):
        what = "what is summed is sometimes an array and sometimes a number"
        raise lo.refuse(node, what, "start with an array of zeros")
    return result


def call_min_max(fn: Callable[..., Any]) -> Special:
    def lower(lo: Lowering, node: ast.Call) -> Any:
        words = {k.arg: k.value for k in node.keywords}
        if "key" in words or "default" in words:
            from zygote_nb.frontend.sorting import best_by_key

            return best_by_key(lo, node, fn, words)
        if len(node.args) > 1 or isinstance(node.args[0], ast.Starred):
            values = [lo.snapshot(v) for v in spread_items(lo, list(node.args))]
            if len(values) == 1:
                raise lo.refuse(node, f"`{fn.__name__}` of one starred value", "leave out the star")
            return pairwise(lo, node, fn, values)
        lowered = lo.expr(node.args[0])
        if isinstance(lowered, Obj) and class_method(lowered.cls, "__iter__") is not None:
            lowered = entries(lo, iterated_object(lo, node, lowered))
        lowered = listed(lo, node, lowered) if is_table(lowered) else lowered
        if is_rows(lowered):
            from zygote_nb.frontend.sorting import best_in_list

            return best_in_list(lo, node, fn, {}, lowered)
        if isinstance(lowered, Tuple):
            if not lowered.items:
                raise lo.raised(node, ValueError, f"{fn.__name__}() arg is an empty sequence")
            return pairwise(lo, node, fn, list(lowered.items))
        from zygote_nb.frontend.sorting import best_of_list

        return best_of_list(lo, node, fn, lowered)

    return lower


def pairwise(lo: Lowering, node: ast.AST, fn: Callable[..., Any], values: list[Any]) -> Any:
    if any(isinstance(v, (Obj, Tuple)) for v in values):
        from zygote_nb.frontend.sorting import best_of

        return best_of(lo, node, fn, values)
    best = values[0]
    for value in values[1:]:
        best = lo.apply(node, fn, [best, value])
    return best


def call_any_all(is_all: bool) -> Special:
    """``any`` and ``all``: nothing is evaluated after the answer is known."""

    def lower(lo: Lowering, node: ast.Call) -> Any:
        def one_by_one() -> Any:
            return value_of(lo, node, loops.all_ if is_all else loops.any_, [lo.value(node.args[0])])

        if is_left_early(lo, node.args[0]):
            return one_by_one()
        return either(lo, lambda: at_once(lo, node), one_by_one)

    def at_once(lo: Lowering, node: ast.Call) -> Any:
        """With no jump out of a loop, which is as good where items do nothing but have a value."""
        from zygote_nb.frontend.comprehensions import each_item

        before, held, count = dict(lo.env), set(lo.taken), len(lo.out)
        name = lo.fresh("found")
        lo.env[name] = lo.assigned(node, name, TRUE if is_all else FALSE)

        def step(item: Any) -> None:
            known = lo.env[name]
            test = known if is_all else lo.negation(node, known)
            answer = lo.truth(node, lo.snapshot(item))
            lo.branch(node, test, lambda: lo.env.update({name: lo.assigned(node, name, answer)}), lambda: None)

        each_item(lo, node.args[0], step)
        found = lo.env.pop(name)
        changed = any(lo.env.get(k) is not v and lo.env.get(k) != v for k, v in before.items() if k != UNSURE)
        if changed or not are_values(lo.out[count:], held):
            raise lo.refuse(node, f"items of `{node.func.id}` do something", "use a loop with a `break`")  # type: ignore[attr-defined]
        return found

    return lower


def are_values(made: list[Stmt], held: set[str]) -> bool:
    """Whether the statements only bind variables that there were not before."""
    below = statements(tuple(made))
    return all(isinstance(s, If | For) or (isinstance(s, Assign) and s.target not in held) for s in below)
