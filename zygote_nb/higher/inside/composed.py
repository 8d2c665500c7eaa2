"""Derivatives that are written in terms of others. Inside of a function they are read like any function."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb import api
from zygote_nb.dataclass import dataclass
from zygote_nb.higher.fixed import iterated
from zygote_nb.higher.grad import Grad
from zygote_nb.higher.hessians import hvp
from zygote_nb.higher.tangents import jvp
from zygote_nb.runtime.implicit import followed, settled


def applied(f: Any, *args: Any, **kwargs: Any) -> Any:
    """A function that is not written in Python, as one that is."""
    return f(*args, **kwargs)


# What functions such as ``zg.D(f)`` do when they are called: they are partial applications of the following.


def slope(f: Any, x: Any) -> Any:
    return api.gradient(f, x)[0]


@dataclass(frozen=True, slots=True)
class Form:
    """What a gradient function takes gradients by, and what it returns."""

    argnums: int | tuple[int, ...] = 0
    has_aux: bool = False
    with_value: bool = False


def gradient_function(f: Any, form: Any, *args: Any, **kwargs: Any) -> Any:
    return gradients_by(f, form, args, kwargs)


def gradients_by(f: Any, form: Form, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return Grad(f, form.argnums, form.has_aux, None, form.with_value)(*args, **kwargs)


def cotangents(f: Any, primals: Any, words: Any, dy: Any) -> Any:
    return pulled(f, primals, words, dy)


def pulled(f: Any, primals: tuple[Any, ...], words: dict[str, Any], dy: Any) -> tuple[Any, ...]:
    return api.pullback(f, *primals, **words)[1](dy)


def tangent_along(f: Any, primals: Any, words: Any, *tangents: Any) -> Any:
    return jvp(f, primals, tangents, kwargs=words)[1]


# Jacobians and Hessians, from products with unit vectors


def jacobian_of(f: Any, x: Any) -> Any:
    """A tuple of one array of shape ``y.shape + x.shape``."""
    if np.ndim(x) == 0:
        return (jvp(f, (x,), (1.0,))[1],)
    n = x.size
    y = f(x)
    j = np.zeros((np.size(y), n))
    for i in range(n):
        unit = np.zeros(n)
        unit[i] = 1.0
        j[:, i] = np.ravel(jvp(f, (x,), (np.reshape(unit, x.shape),))[1])
    return (np.reshape(j, np.shape(y) + x.shape),)


def hessian_of(f: Any, x: Any) -> Any:
    """An array of shape ``x.shape + x.shape``."""
    if np.ndim(x) == 0:
        return hvp(f, (x,), (1.0,))
    n = x.size
    h = np.zeros((n, n))
    for i in range(n):
        unit = np.zeros(n)
        unit[i] = 1.0
        h[:, i] = np.ravel(hvp(f, (x,), (np.reshape(unit, x.shape),)))
    return np.reshape(h, x.shape + x.shape)


def diaghessian_of(f: Any, x: Any) -> Any:
    """A tuple of one array of the shape of ``x``."""
    if np.ndim(x) == 0:
        return (hvp(f, (x,), (1.0,)),)
    n = x.size
    d = np.zeros(n)
    for i in range(n):
        unit = np.zeros(n)
        unit[i] = 1.0
        direction = np.reshape(unit, x.shape)
        d[i] = np.sum(direction * hvp(f, (x,), (direction,)))
    return (np.reshape(d, x.shape),)


# By several arguments, each of which moves alone


def jacobian_by_each(f: Any, *args: Any) -> Any:
    return by_each(jacobian_of, f, (), args)


def diaghessian_by_each(f: Any, *args: Any) -> Any:
    return by_each(diaghessian_of, f, (), args)


def by_each(verb: Any, f: Any, before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(after) == 0:
        return ()
    made = verb(lambda x: f(*before, x, *after[1:]), after[0])[0]
    return (made, *by_each(verb, f, (*before, after[0]), after[1:]))


def hessian_by_each(f: Any, *args: Any) -> Any:
    """A tuple of rows of blocks: the slopes of the gradient by one argument as another one moves."""
    return rows_by_each(f, args, ())


def rows_by_each(f: Any, args: tuple[Any, ...], rows: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(rows) == len(args):
        return rows
    row = jacobian_by_each(lambda *xs: api.gradient(f, *xs)[len(rows)], *args)
    return rows_by_each(f, args, (*rows, row))


# Trees


def mapped(fn: Any, tree: Any, *others: Any) -> Any:
    """``zg.tree_map`` of dicts, tuples and lists."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: mapped(fn, tree[key], *[o[key] for o in others]) for key in tree}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[mapped(fn, part, *[o[i] for o in others]) for i, part in enumerate(tree)])
    if isinstance(tree, tuple):
        return tuple([mapped(fn, part, *[o[i] for o in others]) for i, part in enumerate(tree)])
    if isinstance(tree, list):
        return [mapped(fn, part, *[o[i] for o in others]) for i, part in enumerate(tree)]
    return fn(tree, *others)


# Fixed points


def fixed_point_of(step: Any, x0: Any, *params: Any) -> Any:
    """The fixed point, and what a step there changes: nothing, but this nothing has a derivative."""
    x = constantly(iterated, step, x0, *params)
    slopes = jacobian_of(lambda z: step(z, *params), x)[0]
    return x + settled(slopes, step(x, *params) - x)


def fixed_point_by_newton(count: int, order: int, step: Any, x0: Any, *params: Any) -> Any:
    """The same for higher derivatives: each step of Newton's method doubles how many are right, and adds one."""
    x = followed(constantly(iterated, step, x0, *params), order)
    for _ in range(count):
        slopes = jacobian_of(lambda z: step(z, *params), x)[0]
        x = x + newton(slopes, step(x, *params) - x)
    return x


def newton(slopes: Any, rest: Any) -> Any:
    if np.ndim(rest) == 0:
        return rest / (1.0 - slopes)
    n = np.size(rest)
    matrix = np.eye(n) - np.reshape(slopes, (n, n))
    return np.reshape(np.linalg.solve(matrix, np.ravel(rest)), np.shape(rest))


def constantly(f: Any, *args: Any) -> Any:
    """The value of a function through which no derivative passes."""
    return f(*args)
