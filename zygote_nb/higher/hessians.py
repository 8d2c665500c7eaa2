"""Second derivatives: products with the Hessian, the Hessian, its diagonal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, WithGradient, gradients, not_scalar, request
from zygote_nb.caches import remembered
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.driver.fast.call import fast_product, remember
from zygote_nb.driver.fast.columns import fast_columns
from zygote_nb.driver.fast.writer import Fast
from zygote_nb.driver.ready import Ready, ready
from zygote_nb.driver.run import call_plainly, run
from zygote_nb.driver.values import fitted
from zygote_nb.higher.blocks import (
    Leaf,
    argument_leaves,
    by_argument,
    dtype_of,
    shape_of,
    shaped,
    size_of,
)
from zygote_nb.higher.chunks import FEWEST, LONGEST, Found, along_units
from zygote_nb.higher.grad import Grad
from zygote_nb.higher.jacobians import jacobian
from zygote_nb.higher.recalled import Table, kept, names_of, recalled
from zygote_nb.higher.tangents import by_parameter, leaf_directions
from zygote_nb.ir.kinds import TupleOf
from zygote_nb.transform.forward.rows import LOCAL, ROWS


def hvp(
    f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, kwargs: dict[str, Any] | None = None
) -> Any:
    """The product of the Hessian of a real-valued function with a vector, without forming the Hessian.

    Args:
        f: a function that returns a real number.
        primals: its positional arguments, as a tuple.
        tangents: the vector, as a tuple: for each argument a value of the same structure and shapes, or None for zero.
        kwargs: keyword arguments of ``f``, constant.

    Returns:
        The change of the gradient along the tangents: a value in the image of the argument, or a tuple of them if
        there are several arguments.

    Raises:
        ValueError: a tangent does not have the shape of its argument; both are named.
        ScalarOutputError: the result is not a real number.

    Example:
        >>> hvp(lambda x: x ** 3, (2.0,), (1.0,))
        12.0
    """
    if kwargs is None and type(tangents) is tuple:
        try:
            for fast in _calls[id(f.__code__)]:
                known = fast(f, tuple(primals), tangents)
                if known is not None:
                    return known
        except Exception:
            pass  # the long way gives the plain exception, or the result that compiled code could not give
    if len(primals) != len(tangents):
        raise ValueError(f"there are {len(tangents)} tangents for {len(primals)} arguments")
    req = request(f, tuple(primals), kwargs or {})
    given = by_parameter(req, tangents)
    moved = tuple(given.get(i) is not None for i in range(len(req.bound.names)))
    found = second(req, moved)
    directions = leaf_directions(found.facts, req.bound, given)
    product = gradients(found.facts, req, run(found, req.bound, directions))
    if kwargs is None:
        remember(_calls, f, fast_product(found, req.bound, directions, req.order))
    return product[0] if len(product) == 1 else product


_calls: dict[int, list[Fast]] = remembered({})


def second(req: Request, moved: tuple[bool, ...], width: int = 1) -> Ready:
    """The change of the gradient along tangents of the parameters ``moved``."""
    found = ready(req.bound, Question(req.wrt, moved=moved, width=width))
    if isinstance(found.facts.result_kind, TupleOf):
        raise not_scalar(found, req.bound)
    return found


def hessian(
    f: Callable[..., Any] | Call, *args: Any, sparsity: Any = None, kwargs: dict[str, Any] | None = None
) -> Any:
    """The Hessian of a real-valued function, forward over reverse: one product for each entry of the arguments.

    Args:
        f: a function that returns a real number, or a frozen call.
        args, kwargs: as for :func:`hvp`.
        sparsity: "auto", or a matrix whose nonzero entries are those that the Hessian may have, of shape
            ``(x.size, x.size)``: see :func:`jacobian`.

    Returns:
        For one argument ``x`` an array of shape ``x.shape + x.shape``, a float for a number. For several arguments a
        tuple of tuples: entry ``[i][j]``, of shape ``args[i].shape + args[j].shape``, is the derivative of the gradient
        by ``args[i]`` by ``args[j]``. A container as argument has containers in its place. With ``sparsity`` a
        ``scipy.sparse.csr_matrix``.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0])).tolist()
        [[4.0, 2.0], [2.0, 0.0]]
    """
    if sparsity is None:
        known = recalled(_hessians, f, args, kwargs)
        if known is not None:
            return known
    req = request(f, args, kwargs or {})
    if sparsity is None:
        made = of_request(req)
        kept(_hessians, f, kwargs, fast_hessian(req, names_of(f)))
        return made
    from zygote_nb.higher.sparse import recovered

    return recovered.hessian(req, second(req, req.wrt), sparsity)


_hessians: Table = remembered({})


def fast_hessian(req: Request, wrt: tuple[str, ...] | None) -> Fast | None:
    """The function for calls like this one, where all columns of the Hessian are computed in one run."""
    if sum(size_of(leaf) for leaf in argument_leaves(req)) < FEWEST:
        return None
    found = second(req, req.wrt, ROWS)
    if found.facts.width not in (ROWS, LOCAL):
        return None
    return fast_columns(found, req.bound, req.order, wrt, None if found.facts.width == LOCAL else LONGEST)


def hessian_reverse(f: Callable[..., Any], *args: Any, kwargs: dict[str, Any] | None = None) -> Any:
    """The Hessian by reverse over reverse: one backward pass through the gradient for each of its entries.

    Args:
        f, kwargs: as for :func:`hessian`.
        args: numbers and arrays.

    Returns:
        As :func:`hessian`.

    Example:
        >>> hessian_reverse(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0])).tolist()
        [[4.0, 2.0], [2.0, 0.0]]
    """
    if not all(isinstance(a, (float, np.ndarray, np.floating)) for a in args):
        raise TypeError("hessian_reverse is by numbers and arrays; zg.hessian takes containers")
    positions = tuple(range(len(args)))
    by_argument_of_gradient = jacobian(Grad(f, positions), *args, mode="reverse", kwargs=kwargs)
    rows = tuple(tuple(by_argument_of_gradient[j][i] for j in positions) for i in positions)
    return rows[0][0] if len(args) == 1 else rows


def withhessian(f: Callable[..., Any] | Call, *args: Any, kwargs: dict[str, Any] | None = None) -> WithGradient:
    """The value of a function and its Hessian, as a named tuple ``(val, grad)``; see :func:`hessian`.

    Example:
        >>> withhessian(lambda x: x ** 3, 2.0)
        WithGradient(val=8.0, grad=12.0)
    """
    req = request(f, args, kwargs or {})
    return WithGradient(call_plainly(req.bound), of_request(req, True))


def of_request(req: Request, printed: bool = False) -> Any:
    found = second(req, req.wrt)
    leaves = argument_leaves(req)
    active = [leaf for leaf, on in zip(leaves, found.facts.directions, strict=False) if on]
    blocks = [[np.zeros((size_of(a), size_of(b)), dtype_of(a)) for b in active] for a in active]
    for position, entries, products in columns(req, active, printed):
        for row, product in zip(blocks, products, strict=True):
            row[position][:, entries] = np.reshape(product, (-1, np.shape(product)[-1]))
    matrix = [
        [shaped(m, a, b) for b, m in zip(active, row, strict=True)] for a, row in zip(active, blocks, strict=True)
    ]
    rows: Iterator[Any] = iter([in_place(req, found.facts, row) for row in matrix])
    whole = by_argument(req, (next(rows) if on else None for on in padded(found.facts, leaves)))
    return whole[0] if len(whole) == 1 else whole


def in_place(req: Request, facts: Facts, row: list[Any]) -> Any:
    """The blocks of one row in the places of the arguments that they are derivatives by."""
    entries = iter(row)
    made = by_argument(req, (next(entries) if on else None for on in padded(facts, argument_leaves(req))))
    return made[0] if len(made) == 1 else made


def padded(facts: Facts, leaves: list[Leaf]) -> tuple[bool, ...]:
    return facts.directions[: len(leaves)]


def columns(req: Request, active: list[Leaf], printed: bool) -> Found:
    """For entries of the arguments: the number of their leaf, their place there, and the products with their units."""
    return along_units(req.bound, lambda width: second(req, req.wrt, width), active, printed)


def diaghessian(f: Callable[..., Any] | Call, *args: Any, kwargs: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """The diagonal of the Hessian of a real-valued function: a tuple in the image of the arguments, like a gradient.

    Args:
        f, args, kwargs: as for :func:`hessian`.

    Example:
        >>> diaghessian(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]))[0].tolist()
        [4.0, 0.0]
    """
    req = request(f, args, kwargs or {})
    found = second(req, req.wrt)
    leaves = argument_leaves(req)
    active = [leaf for leaf, on in zip(leaves, found.facts.directions, strict=False) if on]
    diagonals = [np.zeros(size_of(leaf), dtype_of(leaf)) for leaf in active]
    for position, entries, products in columns(req, active, False):
        product = products[position]
        diagonals[position][entries] = np.diagonal(np.reshape(product, (-1, np.shape(product)[-1]))[entries])
    made = iter([fitted(leaf[1], d.reshape(shape_of(leaf))[()]) for leaf, d in zip(active, diagonals, strict=True)])
    return by_argument(req, (next(made) if on else None for on in padded(found.facts, leaves)))
