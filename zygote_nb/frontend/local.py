"""Functions defined inside the function: each call is written out where it stands.

The body is lowered in the scope of the enclosing function, with its own variables renamed, so that captured variables
are those of the enclosing function at the time of the call.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import Any

from zygote_nb.frontend.control import Exits, ends, jumps, lower_body, store_result
from zygote_nb.frontend.lower import Lowering, Mixed
from zygote_nb.ir.core import Const, Expr
from zygote_nb.ir.kinds import Static


@dataclass(frozen=True, eq=False)
class LocalFunction:
    """An inner function, in the scope of one lowering; ``defaults`` are variables that hold its default values."""

    node: Any
    owner: Any
    name: str

    @property
    def __name__(self) -> str:
        return self.name


def define(lo: Lowering, node: ast.FunctionDef | ast.Lambda) -> Const:
    """The inner function as a value."""
    name = node.name if isinstance(node, ast.FunctionDef) else "lambda"
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        raise lo.refuse(node, "decorated inner functions are not differentiated", "move the function to the module")
    if node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
        raise lo.refuse(node, "inner functions take positional parameters only", "move the function to the module")
    if any(isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await)) for n in ast.walk(node)):
        raise lo.refuse(node, "inner generators are not differentiated", "return a list")
    known = lo.inner.get(id(node))
    if known is None:
        known = lo.inner[id(node)] = LocalFunction(node, lo, name)
    for i, default in enumerate(node.args.defaults):
        lo.bind(default_name(known, i), lo.expr(default), node)
    return Const(known, Static(known), name)


def default_name(fn: LocalFunction, i: int) -> str:
    return f"{fn.name}_default{i}"


def call(
    lo: Lowering, node: ast.AST, fn: LocalFunction, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...]
) -> Expr:
    """The call, written out."""
    if fn.owner is not lo:
        what = f"the inner function `{fn.name}` is called by another function"
        raise lo.refuse(node, what, "define it in the module, and pass what it captures as arguments")
    if fn.node in lo.inlining:
        raise lo.refuse(node, f"the inner function `{fn.name}` is recursive", "define it in the module")
    values = bound_values(lo, node, fn, args, kwargs)
    tree, names = renamed(lo, fn)
    lo.trees.append(tree)
    lo.local_names |= frozenset(names.values())
    from zygote_nb.frontend.program import mutated_lists

    lo.mutated |= mutated_lists(tree)
    lo.inlining.append(fn.node)
    try:
        for parameter, value in zip(fn.node.args.args, values, strict=True):
            lo.bind(names[parameter.arg], value, node)
        return result(lo, fn, tree)
    finally:
        lo.inlining.pop()


def bound_values(
    lo: Lowering, node: ast.AST, fn: LocalFunction, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...]
) -> list[Expr]:
    parameters = [a.arg for a in fn.node.args.args]
    given: dict[str, Expr] = dict(zip(parameters, args, strict=False))
    given.update(kwargs)
    first = len(parameters) - len(fn.node.args.defaults)
    for i in range(len(fn.node.args.defaults)):
        value = lo.env[default_name(fn, i)]
        assert not isinstance(value, Mixed)
        given.setdefault(parameters[first + i], value)
    if len(args) > len(parameters) or set(given) != set(parameters):
        what = f"the arguments do not fit the parameters of `{fn.name}`"
        raise lo.refuse(node, what, "Python would raise TypeError here")
    return [given[p] for p in parameters]


def renamed(lo: Lowering, fn: LocalFunction) -> tuple[Any, dict[str, str]]:
    """A copy of the function's tree with new names for its own variables."""
    tree = copy.deepcopy(fn.node)
    nodes = tree.body if isinstance(tree, ast.FunctionDef) else [tree.body]
    outer = {n for s in nodes for d in ast.walk(s) if isinstance(d, (ast.Nonlocal, ast.Global)) for n in d.names}
    own = {a.arg for a in tree.args.args}
    own |= {n.id for s in nodes for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names = {name: lo.fresh(f"{name}_{fn.name}") for name in sorted(own - outer)}
    for statement in nodes:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Name) and inner.id in names:
                inner.id = names[inner.id]
    return tree, names


def result(lo: Lowering, fn: LocalFunction, tree: Any) -> Expr:
    if isinstance(tree, ast.Lambda):
        return lo.expr(tree.body)
    body = [s for s in tree.body if not isinstance(s, (ast.Nonlocal, ast.Global))]
    returns = [n for n in ast.walk(ast.Module(body, [])) if isinstance(n, ast.Return)]
    if not returns:
        lower_body(lo, body, Exits(lambda stmt: None))
        return Const(None, Static(None))
    if len(returns) == 1 and body[-1] is returns[0]:
        lower_body(lo, body[:-1], Exits(lambda stmt: None))
        value = returns[0].value
        return Const(None, Static(None)) if value is None else lo.evaluated(lo.expr(value), tree)
    return many_returns(lo, fn, tree, body)


def many_returns(lo: Lowering, fn: LocalFunction, tree: Any, body: list[ast.stmt]) -> Expr:
    outer = {key: lo.env.pop(key, None) for key in ("return", "return value")}
    stem = lo.fresh(f"{fn.name}_out")
    lo.env["return"] = Const(stem, Static(stem))
    last = ast.copy_location(ast.Return(None), tree)
    lower_body(lo, body if ends(body) else [*body, last], Exits(lambda stmt: store_result(lo, stmt)))
    value = lo.env.pop("return value", None)
    lo.env.pop("return", None)
    lo.env.update({k: v for k, v in outer.items() if v is not None})
    if value is None or isinstance(value, Mixed):
        raise lo.refuse(tree, f"what `{fn.name}` returns differs from path to path", "return values of one kind")
    return value


__all__ = ["LocalFunction", "call", "define", "jumps"]
