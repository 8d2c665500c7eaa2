"""Entries of a dict or a list chosen as the program runs: one branch for each that it may be.

That is how a table of functions works: the branch calls the function that its key stands for.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import overloads, tables
from zygote_nb.frontend.chosen import Chosen
from zygote_nb.frontend.heap import ABSENT, Obj, entries, read_field, write_field
from zygote_nb.ir.core import TRUE, Apply, Const, Effect, Expr, If, Name, Raise
from zygote_nb.ir.kinds import Opaque, Scalar, Static

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def options(lo: Lowering, node: ast.AST, base: Obj, index: Any) -> list[tuple[Expr, Any]]:
    """The entries that an index may choose, each with its condition."""
    index = index if isinstance(index, (Name, Const)) else lo.temporary("k", index, node)
    if base.cls is list:
        items = entries(lo, base).items
        count = len(items)
        return [
            (
                lo.comparison(
                    node, ast.Eq(), lo.apply(node, operator.mod, [index, lo.constant(count)]), lo.constant(i)
                ),
                item,
            )
            for i, item in enumerate(items)
        ]
    return [
        (lo.comparison(node, ast.Eq(), index, lo.constant(key)), read_field(lo, node, base, key))
        for key in overloads.keys(lo, base)
        if may_be(index, key)
    ]


def may_be(index: Any, key: Any) -> bool:
    """Whether a value of this kind can equal the key."""
    if isinstance(index.kind, Scalar):
        return isinstance(key, (int, float)) and not isinstance(key, str)
    return isinstance(key, str) if isinstance(index.kind, Opaque) and index.kind.what == "str" else True


def chosen_entry(lo: Lowering, node: ast.AST, base: Obj, index: Any, default: Any = ABSENT) -> Any:
    found = options(lo, node, base, index)
    missing = (KeyError, "key") if base.cls is dict else (IndexError, "list index out of range")
    if not found and default is ABSENT:
        raise lo.raised(node, *missing)
    if found and all(isinstance(v, Const) and isinstance(v.kind, Static) and callable(v.value) for _, v in found):
        return function_choice(lo, node, found, missing)
    return pick(lo, node, found, default, missing)


def function_choice(
    lo: Lowering, node: ast.AST, found: list[tuple[Expr, Any]], missing: tuple[type[BaseException], str]
) -> Chosen:
    """A function out of a table; a key that is not there raises at once."""
    tests = tuple(lo.evaluated(t, node) for t, _ in found)
    any_ = lo.disjunction(list(tests))
    if any_ != TRUE:
        error = Apply(missing[0], (), (), Opaque("exception"), None, lo.span(node))
        lo.out.append(If(lo.negation(node, any_), (Raise(error, lo.span(node)),), (), lo.span(node)))
    return Chosen(tuple(v for _, v in found), tests)


def pick(
    lo: Lowering, node: ast.AST, found: list[tuple[Expr, Any]], default: Any, missing: tuple[type[BaseException], str]
) -> Any:
    def rest(i: int) -> Callable[[], Any]:
        def value() -> Any:
            if i == len(found):
                if default is ABSENT:
                    raise lo.raised(node, *missing)
                return default
            test, entry = found[i]
            return lo.choose(node, test, lambda: entry, rest(i + 1), lo.fresh("t"))

        return value

    return rest(0)()


def call_chosen(lo: Lowering, node: ast.AST, fn: Chosen, args: list[Any], kwargs: tuple[tuple[str, Any], ...]) -> Any:
    """A call of one of several functions."""
    args = [lo.evaluated(a, node) for a in args]
    kwargs = tuple((k, lo.evaluated(v, node)) for k, v in kwargs)

    def rest(i: int) -> Any:
        def call() -> Any:
            return lo.call_value(node, fn.values[i], list(args), kwargs)

        if i == len(fn.values) - 1:
            return call()
        return lo.choose(node, fn.tests[i], call, lambda: rest(i + 1), lo.fresh("t"))

    return rest(0)


def call_with_choice(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: tuple[tuple[str, Any], ...]) -> Any:
    """A call that is given one of several functions: one call for each."""
    at = next(i for i, a in enumerate(args) if isinstance(a, Chosen))
    choice = args[at]
    others = [lo.evaluated(a, node) for a in args]

    def rest(i: int) -> Any:
        def call() -> Any:
            return lo.call_value(node, fn, [*others[:at], choice.values[i], *others[at + 1 :]], kwargs)

        if i == len(choice.values) - 1:
            return call()
        return lo.choose(node, choice.tests[i], call, lambda: rest(i + 1), lo.fresh("t"))

    return rest(0)


def store_chosen(lo: Lowering, node: ast.AST, base: Obj, index: Any, value: Any) -> None:
    if base.cls is dict:
        tables.needs_table(lo, node, base, index)
        raise lo.refuse(node, "a key of this dict is known only when the program runs", "use constant keys, or lists")
    found = options(lo, node, base, index)
    value = lo.evaluated(value, node)
    for i, (test, _) in enumerate(found):
        lo.branch(node, test, lambda i=i: write_field(lo, node, base, i, value), lambda: None)


__all__ = ["Chosen", "Effect", "call_chosen", "call_with_choice", "chosen_entry", "store_chosen"]
