"""Whether a call is like an earlier one: function, settings, surroundings, kinds and types of arguments."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import Any

import numpy as np

from zygote_nb.backend.plan import Plan
from zygote_nb.backend.signature import Signature
from zygote_nb.driver.bound import Bound, is_as_before
from zygote_nb.driver.facts import Facts
from zygote_nb.driver.fast.arrays import Given, as_before, given, laid_out, layout, may_overlap
from zygote_nb.driver.fast.writer import HELD, TooVaried, Writer
from zygote_nb.driver.ready import Ready
from zygote_nb.frontend.free import Path, read
from zygote_nb.frontend.layout import Dependency, Layout
from zygote_nb.ir.kinds import Array, Kind, ObjectOf, Scalar, Static, TupleOf, is_plain
from zygote_nb.options import current
from zygote_nb.rules import registry

Leaves = Iterator[tuple[str, str]]


def identity(w: Writer, bound: Bound) -> None:
    """The function, the settings and the rules are the same."""
    function = bound.function
    if type(function) is not FunctionType or bound.path or bound.positional != tuple(range(len(bound.names))):
        raise TooVaried
    code = function.__code__
    if code.co_flags & (CO_VARARGS | CO_VARKEYWORDS) or code.co_kwonlyargcount:
        raise TooVaried
    w.of_length(f"{HELD}args", bound.names)
    w.of_type(f"{HELD}f", function)
    w.tests += [
        f"{HELD}f.__code__ is {w.name(code)}",
        f"{HELD}f.__globals__ is {w.name(function.__globals__)}",
        f"{w.name(current)}() is {w.name(current())}",
        f"{w.name(registry)}._version == {registry.version()}",
    ]
    w.check()


def surroundings(w: Writer, ready: Ready, bound: Bound) -> None:
    """What the code was made for is what it was."""
    for d in ready.dependencies:
        value = read(d.path, bound.function, bound.values)
        if isinstance(d.value, Layout) or (value is None and d.value is not None):
            raise TooVaried
        w.tests.append(unchanged(w, source(w, d.path, bound), d))
    ways = [source(w, path, bound) for path in ready.facts.ways.values()]
    if len(ways) > 1:
        different(w, ways)
    w.check()


def different(w: Writer, places: list[str]) -> None:
    """The objects at these places are several."""
    ids = ", ".join(f"{w.name(id)}({place})" for place in places)
    w.tests.append(f"{w.name(len)}({{{ids}}}) == {len(places)}")


def unchanged(w: Writer, now: str, d: Dependency) -> str:
    """A condition: the value is the one that the code was made for."""
    plain = isinstance(d.value, FunctionType) and d.value.__closure__ is None and len(d.state) == 1
    if isinstance(d.value, (str, bytes, frozenset)) or (d.state and not plain):
        return f"{w.name(is_as_before)}({now}, {w.name(d)})"
    same = f"{now} is {w.name(d.value)}"
    return f"{same} and {now}.__code__ is {w.name(d.state[0])}" if d.state else same


def source(w: Writer, path: Path, bound: Bound) -> str:
    """An expression for the value at the end of a path."""
    text = f"{HELD}f"
    for i, (how, what) in enumerate(path):
        holder = read(path[:i], bound.function, bound.values)
        if how in ("global", "globals", "cell", "cell itself") and type(holder) is not FunctionType:
            raise TooVaried
        match how:
            case "argument":
                text = f"{HELD}args[{what}]"
            case "global" | "globals":
                scope = w.name(holder.__globals__) if holder.__closure__ is None or i == 0 else f"{text}.__globals__"
                text = f"{scope}[{what!r}]" if how == "global" else scope
            case "cell":
                text = f"{text}.__closure__[{what}].cell_contents"
            case "cell itself":
                text = f"{text}.__closure__[{what}]"
            case "attribute" if what.isidentifier():
                text = f"{text}.{what}"
            case "item":
                text = f"{text}[{what!r}]"
            case "constant":
                text = w.name(what)
            case _:
                raise TooVaried
    return text


def arguments(w: Writer, facts: Facts, bound: Bound, types: Signature | None, plan: Plan | None) -> list[str]:
    """Take the arguments and free variables apart, and hold them against the kinds they had, and types if given.

    Returned are the names of arrays.
    """
    if any(name.startswith(HELD) for name in facts.parameters):
        raise TooVaried
    leaves = iter(zip(facts.parameters, types or ("",) * len(facts.parameters), strict=False))
    arrays: list[Given] = []
    for i, kind in enumerate(bound.kinds):
        take(w, kind, bound.values[i], f"{HELD}args[{i}]", leaves, arrays)
    for variable in facts.free:
        value = read(variable.path, bound.function, bound.values)
        take(w, variable.kind, value, source(w, variable.path, bound), leaves, arrays)
    if len(w.objects) > 1:
        different(w, w.objects)
    w.check()
    as_before(w, arrays, facts, plan)
    return [a.name for a in arrays]


def take(w: Writer, kind: Kind, value: Any, at: str, leaves: Leaves, arrays: list[Given]) -> None:
    """Conditions on a value, and names for its leaves."""
    match kind:
        case TupleOf():
            entries(w, kind.items, value, at, leaves, arrays)
        case ObjectOf(cls=cls) if cls in (dict, list):
            w.objects.append(at)
            entries(w, kind.items, value, at, leaves, arrays)
        case Static():
            w.of_type(at, value)
            w.tests.append(f"{at} == {w.name(value)}" if is_plain(value) else f"{at} is {w.name(value)}")
        case Scalar() | Array():
            name, found = next(leaves)
            w.lines.append(f"{name} = {at}")
            if isinstance(kind, Array):
                arrays.append(given(kind, value, name, found))
            else:
                w.of_type(name, value)
        case _:
            raise TooVaried


def entries(w: Writer, kinds: tuple[Kind, ...], value: Any, at: str, leaves: Leaves, arrays: list[Given]) -> None:
    """The entries of a tuple, list or dict of the same class and length or keys."""
    w.of_type(at, value)
    w.of_length(at, value)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not all(isinstance(k, (str, int)) for k in keys):
        raise TooVaried
    if isinstance(value, dict):
        w.tests.append(f"[*{at}] == {w.name(keys)}")
    w.check()
    for kind, key in zip(kinds, keys, strict=True):
        take(w, kind, value[key], f"{at}[{key!r}]", leaves, arrays)


def tangents(w: Writer, facts: Facts, plan: Plan, bound: Bound, types: Signature) -> None:
    """A tangent for each argument that has one, of its type and shape; None for the others."""
    if len(facts.parameters) != len(bound.kinds) + len(facts.free):
        raise TooVaried
    names = iter(zip(plan.params[len(facts.parameters) :], types[len(facts.parameters) :], strict=False))
    w.of_length(f"{HELD}out", bound.kinds)
    w.check()
    for i, (kind, active) in enumerate(zip(bound.kinds, facts.directions, strict=False)):
        at = f"{HELD}out[{i}]"
        if not active:
            w.tests.append(f"{at} is None")
            continue
        name, found = next(names)
        w.lines.append(f"{name} = {at}")
        if isinstance(kind, Array):
            w.of_type(name, np.empty(0))
            w.tests += [
                laid_out(w, name, np.dtype(np.float64), layout(found)),
                f"{name}.shape == {HELD}args[{i}].shape",
            ]
        else:
            w.of_type(name, 0.0)
        w.check()
    w.check()


def buffers(w: Writer, plan: Plan, order: tuple[int, ...], arrays: list[str]) -> None:
    """Buffers that were given for the gradients of arrays: of the shape of the argument, and of no other memory."""
    names = plan.params[len(plan.params) - len(order) :]
    for name, position in zip(names, sorted(order), strict=True):
        at = f"{HELD}out[{order.index(position)}]"
        w.lines.append(f"{name} = {at}")
        w.of_type(name, np.empty(0))
        w.tests.append(laid_out(w, name, np.dtype(np.float64), "C"))
        w.tests.append(f"{name}.shape == {HELD}args[{position}].shape")
    w.tests.append(f"not {w.name(may_overlap)}({', '.join((*arrays, *names))})")
    w.check()
