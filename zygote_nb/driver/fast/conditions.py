"""Whether a call is like an earlier one: function, settings, surroundings, kinds and types of arguments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import Any

from zygote_nb.backend.plan import Plan
from zygote_nb.backend.signature import Signature
from zygote_nb.driver.bound import Bound, is_as_before
from zygote_nb.driver.facts import Facts
from zygote_nb.driver.fast.arrays import Given, apart, as_before, given, like
from zygote_nb.driver.fast.writer import HELD, Place, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.frontend.free import Path, read
from zygote_nb.frontend.layout import Dependency, Layout
from zygote_nb.ir.kinds import Array, Kind, ObjectOf, Scalar, Static, TupleOf, is_plain

Leaves = Iterator[tuple[str, str]]


def identity(w: Writer, bound: Bound) -> None:
    """The function, the settings and the rules are the same."""
    function = bound.function
    if type(function) is not FunctionType or bound.path or bound.positional != tuple(range(len(bound.names))):
        raise TooVaried
    code = function.__code__
    if code.co_flags & (CO_VARARGS | CO_VARKEYWORDS) or code.co_kwonlyargcount:
        raise TooVaried
    w.of_shape(w.args, bound.names)
    w.arguments = len(bound.names)
    w.made_of(w.function, function)
    w.settings()
    w.check()


def surroundings(w: Writer, ready: Ready, bound: Bound) -> None:
    """What the code was made for is what it was."""
    for d in ready.dependencies:
        value = read(d.path, bound.function, bound.values)
        if isinstance(d.value, Layout) or (value is None and d.value is not None):
            raise TooVaried
        match d.path:
            case [*way, ("lacks", name)]:
                w.lacks(source(w, tuple(way), bound), name)
            case [*way, ("question", asked)]:
                w.holds(partial(answers, asked=asked, before=d.value), source(w, tuple(way), bound))
            case _:
                unchanged(w, source(w, d.path, bound), d)
    ways = [source(w, path, bound) for path in ready.facts.ways.values()]
    if len(ways) > 1:
        w.different(ways)
    w.check()


def answers(holder: Any, asked: Any, before: Any) -> bool:
    """Whether an object answers as it did."""
    return bool(asked.of(holder) == before)


def unchanged(w: Writer, now: Place, d: Dependency) -> None:
    """The value is the one that the code was made for."""
    plain = isinstance(d.value, FunctionType) and d.value.__closure__ is None and len(d.state) == 1
    if isinstance(d.value, (str, bytes, frozenset)) or (d.state and not plain):
        w.holds(partial(is_as_before, dependency=d), now)
        return
    w.same(now, d.value)
    if d.state:
        w.same(w.code(w.known(d.value)), d.state[0])


def source(w: Writer, path: Path, bound: Bound) -> Place:
    """The value at the end of a path."""
    at = w.function
    for i, (how, what) in enumerate(path):
        holder = read(path[:i], bound.function, bound.values)
        if how in ("global", "globals", "cell", "cell itself") and type(holder) is not FunctionType:
            raise TooVaried
        match how:
            case "argument":
                at = w.item(w.args, what, tuple)
            case "global" | "globals":
                scope = w.known(holder.__globals__) if holder.__closure__ is None or i == 0 else w.globals(at)
                at = w.item(scope, what, dict) if how == "global" else scope
            case "cell":
                at = w.cell(w.closure(at, what))
            case "cell itself":
                at = w.closure(at, what)
            case "attribute" if what.isidentifier():
                at = w.attribute(at, what)
            case "item":
                at = w.item(at, what)
            case "constant":
                at = w.known(what)
            case _:
                raise TooVaried
    return at


def arguments(w: Writer, facts: Facts, bound: Bound, types: Signature | None, plan: Plan | None) -> list[Given]:
    """Take the arguments and free variables apart, and hold them against the kinds they had, and types if given.

    Returned are the arrays.
    """
    if any(name.startswith(HELD) for name in facts.parameters):
        raise TooVaried
    leaves = iter(zip(facts.parameters, types or ("",) * len(facts.parameters), strict=False))
    arrays: list[Given] = []
    for i, kind in enumerate(bound.kinds):
        take(w, kind, bound.values[i], w.item(w.args, i, tuple), leaves, arrays)
    for variable in facts.free:
        value = read(variable.path, bound.function, bound.values)
        take(w, variable.kind, value, source(w, variable.path, bound), leaves, arrays)
    if len(w.objects) > 1:
        w.different(w.objects)
    w.check()
    as_before(w, arrays, facts, plan)
    return arrays


def take(w: Writer, kind: Kind, value: Any, at: Place, leaves: Leaves, arrays: list[Given]) -> None:
    """Conditions on a value, and names for its leaves."""
    match kind:
        case TupleOf():
            entries(w, kind.items, value, at, leaves, arrays)
        case ObjectOf(cls=cls) if cls in (dict, list):
            w.objects.append(at)
            entries(w, kind.items, value, at, leaves, arrays)
        case Static():
            w.of_type(at, value)
            (w.equal if is_plain(value) else w.same)(at, value)
        case Scalar() | Array():
            name, found = next(leaves)
            w.let(name, at)
            if isinstance(kind, Array):
                arrays.append(given(kind, value, name, found))
            else:
                w.of_type(w.locals[name], value)
        case _:
            raise TooVaried


def entries(w: Writer, kinds: tuple[Kind, ...], value: Any, at: Place, leaves: Leaves, arrays: list[Given]) -> None:
    """The entries of a tuple, list or dict of the same class and length or keys."""
    w.of_shape(at, value)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not all(isinstance(k, (str, int)) for k in keys):
        raise TooVaried
    if isinstance(value, dict):
        w.keys(at, keys)
    w.check()
    for kind, key in zip(kinds, keys, strict=True):
        take(w, kind, value[key], w.item(at, key, type(value)), leaves, arrays)


def tangents(w: Writer, facts: Facts, plan: Plan, bound: Bound, types: Signature) -> None:
    """A tangent for each argument that has one, of its type and shape; None for the others."""
    if len(facts.parameters) != len(bound.kinds) + len(facts.free):
        raise TooVaried
    names = iter(zip(plan.params[len(facts.parameters) :], types[len(facts.parameters) :], strict=False))
    w.of_shape(w.out, tuple(bound.kinds))
    w.check()
    for i, (kind, active) in enumerate(zip(bound.kinds, facts.directions, strict=False)):
        at = w.item(w.out, i, tuple)
        if not active:
            w.same(at, None)
            continue
        name, found = next(names)
        w.let(name, at)
        if isinstance(kind, Array):
            like(w, name, found, w.locals[facts.parameters[i]], kind.ndim)
        else:
            w.of_type(w.locals[name], 0.0)
        w.check()
    w.check()


def buffers(w: Writer, bound: Bound, plan: Plan, order: tuple[int, ...], arrays: list[Given]) -> None:
    """Buffers that were given for the gradients of arrays: of the shape of the argument, and of no other memory."""
    names = plan.params[len(plan.params) - len(order) :]
    w.of_length(w.out, order)
    for name, position in zip(names, sorted(order), strict=True):
        w.let(name, w.item(w.out, order.index(position)))
        like(w, name, "float64 C", w.item(w.args, position, tuple), bound.kinds[position].ndim)  # type: ignore[union-attr]
    apart(w, [*((a.name, a.value.itemsize) for a in arrays), *((name, 8) for name in names)])
    w.check()
