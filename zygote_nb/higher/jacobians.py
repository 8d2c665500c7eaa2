"""Jacobians: the derivative of every entry of a result by every entry of the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, WithGradient, request
from zygote_nb.caches import remembered
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.columns import is_in_columns
from zygote_nb.driver.facts import Question
from zygote_nb.driver.fast.columns import fast_columns
from zygote_nb.driver.fast.writer import Fast
from zygote_nb.driver.ready import Ready, is_compiled, ready
from zygote_nb.driver.repeats import Repeats
from zygote_nb.driver.run import call_plainly, end_trial, is_on_trial, is_to_compile, run
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.higher.blocks import (
    Leaf,
    Once,
    argument_leaves,
    by_argument,
    by_result,
    dtype_of,
    result_leaves,
    shaped,
    size_of,
    units,
    zero_of,
)
from zygote_nb.higher.chunks import FEWEST, LONGEST, along_units
from zygote_nb.higher.recalled import Table, kept, names_of, recalled
from zygote_nb.higher.together import in_one_run, together
from zygote_nb.ir.kinds import Array, Given, TupleOf, describe, parts_of
from zygote_nb.transform.forward.rows import LOCAL, ROWS

MODES = ("auto", "reverse", "forward")


def jacobian(
    f: Callable[..., Any] | Call,
    *args: Any,
    mode: str = "auto",
    sparsity: Any = None,
    kwargs: dict[str, Any] | None = None,
) -> tuple[Any, ...]:
    """The Jacobian of a function, one entry for each positional argument.

    Args:
        f: a function that returns numbers or arrays, or a tuple, list, dict or object of these; or a frozen call.
        args: where; as for :func:`zygote_nb.gradient`.
        mode: "forward" takes the derivative along each entry of the arguments, several at once if there are many,
            "reverse" runs once for each entry of the result, "auto" takes the smaller number.
        sparsity: a matrix whose nonzero entries are those that the Jacobian may have, of shape
            ``(y.size, x.size)``; "auto" finds them in a run on arrays that know what they depend on. Columns (or rows)
            that have no row (column) in common are then computed together. For one float64 array as only argument.
        kwargs: keyword arguments of ``f``, constant.

    Returns:
        A tuple with an array of shape ``y.shape + x.shape`` for each argument ``x``. If the result is a container,
        it contains such entries; if an argument is one, they are containers in its image. With ``sparsity`` a
        ``scipy.sparse.csr_matrix`` of shape ``(y.size, x.size)``.

    Raises:
        ValueError: the Jacobian has entries that the given pattern lacks.

    Example:
        >>> jacobian(lambda x: x * x, np.array([1.0, 2.0]))[0].tolist()
        [[2.0, 0.0], [0.0, 4.0]]
    """
    return withjacobian(f, *args, mode=mode, sparsity=sparsity, kwargs=kwargs).grad


def withjacobian(
    f: Callable[..., Any] | Call,
    *args: Any,
    mode: str = "auto",
    sparsity: Any = None,
    kwargs: dict[str, Any] | None = None,
) -> WithGradient:
    """The value of a function and its Jacobian; arguments as for :func:`jacobian`.

    Returns:
        A named tuple ``(val, grad)``.

    Example:
        >>> withjacobian(lambda x: x * x, np.array([1.0, 2.0])).val.tolist()
        [1.0, 4.0]
    """
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(map(repr, MODES))}, not {mode!r}")
    if sparsity is None:
        known = recalled(_jacobians[mode], f, args, kwargs)
        if known is not None:
            return WithGradient(*known)
    req = request(f, args, kwargs or {})
    if sparsity is None:
        made = WithGradient(*of_request(req, mode))
        kept(_jacobians[mode], f, kwargs, fast_jacobian(req, mode, names_of(f)))
        return made
    from zygote_nb.higher.sparse import recovered

    value, matrix = recovered.jacobian(req, mode, sparsity)
    return WithGradient(value, (matrix,))


_jacobians: dict[str, Table] = {mode: remembered({}) for mode in MODES}


def fast_jacobian(req: Request, mode: str, wrt: tuple[str, ...] | None) -> Fast | None:
    """The function for calls like this one, where all columns of the Jacobian are computed in one run."""
    if mode == "reverse" or not is_compiled(req.bound) or sum(map(size_of, argument_leaves(req))) < FEWEST:
        return None
    found = in_one_run(req)
    if found is None or not found.executables:
        return None
    local = found.facts.width == LOCAL
    return fast_columns(found, req.bound, req.order, wrt, None if local else LONGEST, mode == "auto" and not local)


def of_request(req: Request, mode: str) -> tuple[Any, tuple[Any, ...]]:
    found = ready(req.bound, Question(req.wrt, forward=True))
    refuse_structure(found, req)
    kind, inputs = found.facts.result_kind, argument_leaves(req)
    active = [leaf for leaf, on in zip(inputs, found.facts.directions, strict=False) if on]
    at_once = together(req, found, active, mode)
    y, blocks = (value_of(req, found, mode), None) if at_once is None else at_once
    if blocks is None:
        outputs = result_leaves(kind, y)
        narrow = sum(map(size_of, active)) <= sum(map(size_of, outputs))
        columns = mode == "forward" or (mode == "auto" and narrow)
        blocks = (by_columns if columns else by_rows)(req, active, outputs)
    of_leaf = iter(zip(*blocks, strict=True))
    flags = found.facts.directions[: len(inputs)]
    whole = (by_result(kind, y, iter(next(of_leaf, ()))) if on else None for on in flags)
    return y, by_argument(req, whole)


def refuse_structure(found: Ready, req: Request) -> None:
    """The entries of a Jacobian are those of numbers and arrays."""
    for part in parts_of(found.facts.result_kind):
        if is_in_columns(part) or (isinstance(part, TupleOf) and part.cls is Given):
            from zygote_nb.driver.result import place_of_result

            instance = found.derived(req.bound).instance
            what = f"{instance.shown} returns {describe(part)} whose structure is known only when the program runs"
            raise UnsupportedSyntaxError(what, at=place_of_result(instance), hint="return its numbers as an array")


def value_of(req: Request, found: Ready, mode: str) -> Any:
    """The result of the function; by compiled code where loops, or the options, ask for it."""
    if found.facts.has_effects:
        return call_plainly(req.bound)
    inputs = [leaf for leaf, on in zip(argument_leaves(req), found.facts.directions, strict=False) if on]
    many = mode != "reverse" and any(isinstance(k, Array) for k in leaf_kinds(found.facts.result_kind))
    if many and sum(map(size_of, inputs)) >= FEWEST:
        rows = ready(req.bound, Question(req.wrt, value=True, forward=True, width=ROWS))
        if rows.facts.width in (ROWS, LOCAL) and (mode == "forward" or rows.executables):
            return value_in(rows, req, (0,) * (1 + len(inputs)))
    alone = ready(req.bound, Question((False,) * len(req.wrt), value=True, forward=True))
    if is_compiled(req.bound):
        end_trial(alone, req.bound)
    if is_to_compile(alone, req.bound) or is_on_trial(alone, req.bound):
        return value_in(alone, req, ())
    return call_plainly(req.bound)


def value_in(found: Ready, req: Request, tangents: tuple[Any, ...]) -> Any:
    kind = found.facts.result_kind
    return assembled(kind, iter(run(found, req.bound, tangents)[: len(leaf_kinds(kind))]))


def empty_blocks(active: list[Leaf], outputs: list[Leaf]) -> list[list[Any]]:
    """A matrix for each leaf of the result and each leaf of the arguments, rows and columns flat."""
    return [[np.zeros((size_of(o), size_of(a)), dtype_of(o)) for a in active] for o in outputs]


def in_shape(blocks: list[list[Any]], active: list[Leaf], outputs: list[Leaf]) -> list[list[Any]]:
    return [[shaped(b, o, a) for a, b in zip(active, row, strict=True)] for o, row in zip(outputs, blocks, strict=True)]


def by_columns(req: Request, active: list[Leaf], outputs: list[Leaf]) -> list[list[Any]]:
    """Forward mode: the derivative along each entry of the arguments."""
    blocks = empty_blocks(active, outputs)

    def along(width: int) -> Ready:
        return ready(req.bound, Question(req.wrt, value=True, forward=True, width=width))

    for position, columns, tangents in along_units(req.bound, along, active, True):
        for row, tangent in zip(blocks, tangents, strict=True):
            row[position][:, columns] = np.reshape(tangent, (-1, np.shape(tangent)[-1]))
    return in_shape(blocks, active, outputs)


def by_rows(req: Request, active: list[Leaf], outputs: list[Leaf]) -> list[list[Any]]:
    """Reverse mode: one run for each entry of the result."""
    found = ready(req.bound, Question(req.wrt))
    blocks, once = empty_blocks(active, outputs), Once(found, req.bound, True)
    zeros = [zero_of(leaf) for leaf in outputs]
    sweep = Repeats(found, req.bound, None, sum(map(size_of, outputs)))
    for position, leaf in enumerate(outputs):
        for row, unit in enumerate(units(leaf)):
            with once():
                cotangents = sweep((*zeros[:position], unit, *zeros[position + 1 :]))
            for block, cotangent in zip(blocks[position], cotangents, strict=True):
                block[row, :] = np.ravel(cotangent)
    return in_shape(blocks, active, outputs)
