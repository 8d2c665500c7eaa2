"""Forward mode: what a change of the arguments does to the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, request
from zygote_nb.dataclass import replace
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.bound import Bound, spread
from zygote_nb.driver.columns import is_in_columns
from zygote_nb.driver.columns import tangents as in_columns
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.driver.fitting import check_like, list_like
from zygote_nb.driver.ready import ready
from zygote_nb.driver.run import run
from zygote_nb.driver.seeds import seed_entry
from zygote_nb.driver.values import deep_copy, entries, fitted, holding, leaf_kinds, rebuilt
from zygote_nb.errors import NoRuleError
from zygote_nb.frontend.columns import blank, taken_apart
from zygote_nb.ir.kinds import (
    Array,
    Given,
    Kind,
    ListOf,
    ObjectOf,
    Opaque,
    Outside,
    Scalar,
    Shared,
    Static,
    TupleOf,
    carries_tangent,
)


def jvp(
    f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, kwargs: dict[str, Any] | None = None
) -> tuple[Any, Any]:
    """The value of a function and its derivative in one direction, in one pass.

    Args:
        f: any function that can be differentiated; its result may be a number, an array, or a tuple of these.
        primals: its positional arguments, as a tuple.
        tangents: the direction, as a tuple: for each argument a value of the same structure and shapes, or None for
            an argument that stays as it is.
        kwargs: keyword arguments of ``f``, constant.

    Returns:
        ``(y, dy)``: the result, and the derivative of each of its entries, of the same structure, shapes and dtypes.

    Raises:
        ValueError: a tangent does not have the shape of its argument; both are named.

    Example:
        >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, None))
        (6.0, 3.0)
    """
    req = request(f, tuple(primals), kwargs or {})
    count = len(req.order) if isinstance(f, Call) else len(primals)
    if count != len(tangents):
        raise ValueError(f"there are {len(tangents)} tangents for {count} arguments")
    return pushed(req, tuple(tangents), True)


def pushforward(f: Callable[..., Any] | Call, *args: Any, kwargs: dict[str, Any] | None = None) -> Callable[..., Any]:
    """The derivative of a function at its arguments, as a linear function of their tangents.

    Args:
        f, args, kwargs: as for :func:`jvp`.

    Returns:
        A function that takes one tangent for each argument, None for zero, and returns the tangent of the result.

    Example:
        >>> pushforward(lambda x, y: x * y, 2.0, 3.0)(1.0, 1.0)
        5.0
    """
    req = request(f, args, kwargs or {})
    frozen = replace(req, bound=replace(req.bound, values=tuple(map(deep_copy, req.bound.values))))
    count = sum(len(req.bound.values[i]) if spread(req.bound, i) else 1 for i in req.order)

    def push(*tangents: Any) -> Any:
        if len(tangents) != count:
            raise ValueError(f"there are {len(tangents)} tangents for {count} arguments")
        return pushed(frozen, tangents, False)

    return push


def pushed(req: Request, tangents: tuple[Any, ...], value: bool) -> Any:
    """The tangent of the result, after its value if that was asked for."""
    bound = req.bound
    given = by_parameter(req, tangents)
    wrt = tuple(given.get(i) is not None for i in range(len(bound.names)))
    found = ready(bound, Question(wrt, value=True, forward=True))
    results = run(found, bound, leaf_directions(found.facts, bound, given))
    kind = found.facts.result_kind
    count = len(leaf_kinds(kind))
    y = assembled(kind, iter(results[:count]))
    dy = tangent_of(kind, y, iter(results[count:]))
    return (y, dy) if value else dy


def by_parameter(req: Request, tangents: tuple[Any, ...]) -> dict[int, Any]:
    """The tangents by the position of their parameter; those of what ``*args`` collects together."""
    queue = list(tangents)
    given: dict[int, Any] = {}
    for i in req.order:
        if spread(req.bound, i):
            count = len(req.bound.values[i])
            parts, queue = tuple(queue[:count]), queue[count:]
            given[i] = None if all(p is None for p in parts) else parts
        else:
            given[i] = queue.pop(0)
    return given


def leaf_directions(facts: Facts, bound: Bound, given: dict[int, Any]) -> tuple[Any, ...]:
    """The tangents that generated code takes, from those of the parameters."""
    leaves: list[Any] = []
    for i, (kind, at, name) in enumerate(zip(bound.kinds, bound.values, bound.names, strict=True)):
        flatten_tangent(kind, at, given.get(i), f"`{name}`", leaves)
    return tuple(t for t, active in zip(leaves, facts.directions, strict=False) if active)


def tangent_of(kind: Kind, y: Any, tangents: Iterator[Any], made: dict[int, Any] | None = None) -> Any:
    """The tangent of a result, of its structure; None for what has no tangent. An object met twice has one."""
    made = {} if made is None else made
    match kind:
        case TupleOf(cls=cls) if cls is Given:
            found = tangent_of(kind.items[1], blank(kind.items[1]) if y is None else y, tangents, made)
            return None if y is None else found
        case TupleOf():
            items = [tangent_of(k, v, tangents, made) for k, v in zip(kind.items, y, strict=True)]
            return rebuilt(y, items)
        case ObjectOf() if is_in_columns(kind):
            parts = zip(kind.items, taken_apart(kind, y), strict=True)
            found = in_columns(kind, y, [tangent_of(k, v, tangents, made) for k, v in parts], fitted)
            made[kind.ident] = found
            return found
        case ObjectOf():
            parts = zip(kind.items, entries(y), strict=True)
            made[kind.ident] = found = holding(y, {k: tangent_of(i, v, tangents, made) for i, (k, v) in parts})
            return found
        case Shared():
            return made.get(kind.ident)
        case _ if carries_tangent(kind):
            return fitted(y, next(tangents))
        case Opaque() if is_floating(y):
            raise NoRuleError(
                "a result is a number that comes back from a library, and has no derivative",
                hint="write a rule with zg.rrule, or say that it is constant with zg.ignore_derivatives",
            )
    return None


def is_floating(value: Any) -> bool:
    """Whether a value is a number, or an array of numbers, that might have had a tangent."""
    return isinstance(value, (float, complex)) or (isinstance(value, np.ndarray) and value.dtype.kind in "fc")


# Tangents, checked against the arguments


def flatten_tangent(kind: Kind, value: Any, tangent: Any, where: str, out: list[Any]) -> None:
    """A tangent for each leaf of a value; None stands for zeros."""
    match kind:
        case TupleOf():
            parts = [None] * len(kind.items) if tangent is None else tangent
            if not isinstance(parts, (tuple, list)) or len(parts) != len(kind.items):
                found = f"a tuple of {len(parts)}" if isinstance(parts, (tuple, list)) else type(tangent).__name__
                raise ValueError(f"the tangent of {where} is {found}, and {where} has {len(kind.items)} entries")
            for i, (k, v, t) in enumerate(zip(kind.items, value, parts, strict=True)):
                flatten_tangent(k, v, t, f"entry {i} of {where}", out)
        case ObjectOf():
            for k, (key, v) in zip(kind.items, entries(value), strict=True):
                part = None if tangent is None else seed_entry(tangent, key, where, "tangent")
                flatten_tangent(k, v, part, f"entry {key!r} of {where}", out)
        case Static() | Shared() | Outside():
            pass
        case _:
            out.append(leaf_tangent(kind, value, tangent, where) if carries_tangent(kind) else None)


def leaf_tangent(kind: Kind, value: Any, tangent: Any, where: str) -> Any:
    if isinstance(kind, ListOf):
        return list_like(value, tangent, where, "tangent")
    if tangent is None:
        return np.zeros(np.shape(value), inexact(kind)) if isinstance(kind, Array) else 0.0
    check_like(value, tangent, where, "tangent")
    if isinstance(kind, Array):
        return np.asarray(tangent, inexact(kind), order="C" if value.flags.c_contiguous else None)
    if isinstance(kind, Scalar):
        return complex(tangent) if kind.dtype[0] == "c" else float(tangent)
    return tangent


def inexact(kind: Array) -> str:
    return kind.dtype if kind.dtype[0] in "fc" else "float64"
