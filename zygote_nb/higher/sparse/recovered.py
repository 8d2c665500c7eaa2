"""Jacobians and Hessians with few entries that are not zero: found from one derivative for each group of columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from zygote_nb.api import Request
from zygote_nb.backend.module import interpreted
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import Ready, ready
from zygote_nb.driver.run import call_arguments, call_plainly, run
from zygote_nb.higher.blocks import Once
from zygote_nb.higher.sparse.colouring import colours
from zygote_nb.higher.sparse.dependence import dependence

Product = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]


def jacobian(req: Request, mode: str, sparsity: Any) -> tuple[Any, Any]:
    """The value, and the Jacobian by the one argument as a matrix ``(y.size, x.size)`` in CSR form."""
    x = only_array(req)
    y = call_plainly(req.bound)
    forward = ready(req.bound, Question(req.wrt, forward=True))
    once = Once(forward, req.bound, True)

    def push(v: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        with once():
            return np.ravel(run(forward, req.bound, (v.reshape(x.shape),))[0])

    shape = (int(np.size(y)), x.size)
    followed = dependence(req.bound.plain, x) if is_auto(sparsity) and leaves_no_traces(forward) else None
    pattern = followed if is_auto(sparsity) else given_pattern(sparsity, shape)
    columns = None if pattern is None or mode == "reverse" else colours(pattern)
    rows = colours(pattern.T) if pattern is not None and worth_rows(mode, pattern, columns) else None
    if rows is not None and (columns is None or count(rows) < count(columns)):
        made = recovered(puller(req, y), pattern.T, rows).T.tocsr()
        return y, made if is_right(made, push, x) else by_single_columns(push, shape, sparsity)
    return y, from_products(push, pattern, columns, shape, x, sparsity)


def leaves_no_traces(found: Ready) -> bool:
    """Whether one more run, to see what depends on what, prints nothing. (What changes captures is refused.)"""
    return not found.facts.has_effects


def count(colour: np.ndarray[Any, Any]) -> int:
    return int(colour.max(initial=-1)) + 1


def worth_rows(mode: str, pattern: Any, columns: Any) -> bool:
    """Whether groups of rows are asked for, or may be much fewer than the groups of columns."""
    fewest = np.bincount(pattern.indices, minlength=1).max()
    return mode == "reverse" or (mode == "auto" and 2 * fewest < count(columns))


def puller(req: Request, y: Any) -> Product:
    found = ready(req.bound, Question(req.wrt))
    once = Once(found, req.bound, True)

    def pull(v: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        with once():
            seed = v.reshape(np.shape(y)) if np.ndim(y) else float(v[0])
            return np.ravel(run(found, req.bound, (seed,))[0])

    return pull


def hessian(req: Request, second: Any, sparsity: Any) -> Any:
    """The Hessian by the one argument as a symmetric matrix ``(x.size, x.size)`` in CSR form."""
    x = only_array(req)
    once = Once(second, req.bound)

    def push(v: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        with once():
            return np.ravel(run(second, req.bound, (v.reshape(x.shape),))[0])

    shape = (x.size, x.size)
    pattern = gradient_dependence(req, x) if is_auto(sparsity) else given_pattern(sparsity, shape)
    return from_products(push, pattern, None if pattern is None else colours(pattern), shape, x, sparsity)


def gradient_dependence(req: Request, x: np.ndarray[Any, Any]) -> Any:
    """Which entries of the gradient depend on which entries of the argument."""
    found = ready(req.bound, Question(req.wrt, loss_only=True))
    gradient = interpreted(found.derived(req.bound).module)
    if not leaves_no_traces(found):
        return None
    leaves = call_arguments(found.facts, req.bound)
    place = next((i for i, leaf in enumerate(leaves) if leaf is x), None)
    if place is None:
        return None
    return dependence(lambda t: gradient(*leaves[:place], t, *leaves[place + 1 :], 1.0), x)


def only_array(req: Request) -> np.ndarray[Any, Any]:
    values = req.bound.values
    if len(values) != 1 or not isinstance(values[0], np.ndarray) or values[0].dtype != np.float64:
        raise TypeError("a sparse derivative is by one float64 array, the function's only argument")
    return values[0]


def is_auto(sparsity: Any) -> bool:
    if isinstance(sparsity, str) and sparsity != "auto":
        raise ValueError(f'sparsity is "auto" or a matrix, not {sparsity!r}')
    return isinstance(sparsity, str)


def given_pattern(sparsity: Any, shape: tuple[int, int]) -> Any:
    pattern = sp.csr_matrix(sparsity) != 0
    if pattern.shape != shape:
        raise ValueError(f"the pattern has shape {pattern.shape}, and the derivative {shape}")
    return pattern


def from_products(push: Product, pattern: Any, colour: Any, shape: Any, x: Any, sparsity: Any) -> Any:
    """By groups of columns if the pattern is known; by single columns if it is not."""
    if pattern is None:
        return by_single_columns(push, shape, "auto")
    made = recovered(push, pattern, colour)
    return made if is_right(made, push, x) else by_single_columns(push, shape, sparsity)


def by_single_columns(push: Product, shape: Any, sparsity: Any) -> Any:
    """Each column by itself: what to do if the run that looks for the pattern can't see everything."""
    if not is_auto(sparsity):
        raise ValueError("the pattern lacks entries that are not zero: a product with a random vector differs")
    columns = [sp.csr_matrix(push(e)[:, None]) for e in units(shape[1])]
    return sp.hstack(columns, format="csr") if columns else sp.csr_matrix(shape)


def units(n: int) -> Any:
    for i in range(n):
        e = np.zeros(n)
        e[i] = 1.0
        yield e


def recovered(push: Product, pattern: Any, colour: np.ndarray[Any, Any]) -> Any:
    """The entries of the pattern: in each row, a group has one column at most."""
    pattern = sp.csr_matrix(pattern)
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    group = colour[pattern.indices]
    data = np.zeros(len(rows))
    for number in range(count(colour)):
        values = push((colour == number).astype(np.float64))
        chosen = group == number
        data[chosen] = values[rows[chosen]]
    return sp.csr_matrix((data, pattern.indices, pattern.indptr), shape=pattern.shape)


def is_right(matrix: Any, push: Product, x: np.ndarray[Any, Any]) -> bool:
    """Whether the product with a random vector is the function's derivative along that vector."""
    v = np.random.default_rng(20).uniform(0.5, 1.5, x.size)
    expected, found = push(v), matrix @ v
    scale = abs(matrix) @ v + np.abs(expected)
    known = np.isfinite(expected) & np.isfinite(found)
    return bool(np.all(np.abs(found - expected)[known] <= 1e-11 * scale[known]))
