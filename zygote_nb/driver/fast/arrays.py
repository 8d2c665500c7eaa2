"""What arrays among the arguments are like, and those that are made for results: asked for together, or one by one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from zygote_nb.backend.plan import Plan
from zygote_nb.backend.program import Program, asks_array, maker
from zygote_nb.backend.words import LENGTHS
from zygote_nb.dataclass import dataclass
from zygote_nb.driver.facts import Facts
from zygote_nb.driver.fast.writer import HELD, Place, TooVaried, Writer
from zygote_nb.ir.kinds import Array

FLAGS = {
    "C": (1281, 1281),
    "F": (1283, 1282),
    "A": (1283, 1280),
    "Cr": (1281, 257),
    "Fr": (1283, 258),
    "Ar": (1283, 256),
}
"""Which flags tell a layout, and what they are: contiguous in the order of C (1) or Fortran (2), aligned (256),
writable (1024) or not."""
WRITABLE = 1024
MADE = re.compile(r"np\.(zeros|empty)\((\w+)\.shape\)")


@dataclass(frozen=True, slots=True)
class Given:
    """An array of a call, by its name, with what it was like: its layout, "" if any will do, and the labels of axes."""

    name: str
    value: Any
    layout: str
    labels: tuple[int, ...]


def given(kind: Array, value: Any, name: str, found: str) -> Given:
    """The array, whose compiled type is ``found``."""
    if not kind.ndim or not all(isinstance(label, int) for label in kind.dims):
        raise TooVaried
    return Given(name, value, layout(found), kind.dims)  # type: ignore[arg-type]


def layout(found: str) -> str:
    """The layout that a compiled type names, "" if it names none."""
    return found.partition(" ")[2].lstrip("0123456789")


def as_before(w: Writer, arrays: list[Given], facts: Facts, plan: Plan | None) -> None:
    """Arrays are what they were. Those for the results of the plan are made at once where machine code does both."""
    labels = numbered(arrays)
    if plan is None or not arrays or len(labels) > LENGTHS or not together(w, arrays, labels, facts, plan):
        one_by_one(w, arrays)
    in_steps(w, arrays, labels)
    if facts.writes and len(arrays) > 1:
        apart(w, [(a.name, a.value.itemsize) for a in arrays])
    if facts.writes:
        w.tests += [f"{a.name}.flags.writeable" for a in arrays]
        for a in arrays:
            w.do("flags", w.locals[a.name].at, WRITABLE, WRITABLE)
    w.check()


def in_steps(w: Writer, arrays: list[Given], labels: dict[int, int]) -> None:
    if not all(isinstance(a.value, np.ndarray) for a in arrays) or len(labels) > LENGTHS:
        w.in_python()
    for a in arrays if w.program is not None else ():
        at, axes = w.locals[a.name].at, [labels[n] for n in a.labels]
        asks_array(w.program, at, type(a.value), a.value.dtype, *FLAGS[a.layout], len(axes))
        w.do("axes", at, len(axes), *axes)
        w.locals[a.name] = Place(a.name, at, len(axes))


def apart(w: Writer, arrays: list[tuple[str, int]]) -> None:
    """None of the arrays, whose entries have so many bytes, may share memory with another."""
    w.tests.append(f"not {w.name(may_overlap)}({', '.join(name for name, _ in arrays)})")
    if w.program is not None:
        extents = [w.program.integer(2) for _ in arrays]
        for to, (name, item) in zip(extents, arrays, strict=True):
            w.do("extent", to, w.locals[name].at, item)
        w.do("apart", len(arrays), *extents)


def like(w: Writer, name: str, found: str, model: Place, axes: int) -> None:
    """The variable is an array of floats of this compiled type, of the shape of another."""
    at, floats = w.locals[name], np.dtype(np.float64)
    w.of_type(at, np.empty(0))
    w.tests += [laid_out(w, name, floats, layout(found)), f"{name}.shape == {model.text}.shape"]
    if w.program is None:
        return
    asks_array(w.program, at.at, np.ndarray, floats, *FLAGS[layout(found)], axes)
    for axis in range(axes):
        length = w.program.integer()
        w.do("length", length, w.at(model), axis)
        w.do("as long", at.at, axis, length)


def numbered(arrays: list[Given]) -> dict[int, int]:
    """Labels of axes by their first appearance; one stands for length one."""
    found = dict.fromkeys(label for a in arrays for label in a.labels if label != 1)
    return {1: 0, **{label: i for i, label in enumerate(found, 1)}}


def makers(arrays: list[Given], facts: Facts, plan: Plan) -> dict[int, tuple[str, int]]:
    """By their numbers, the arrays of the plan that have the shape of an argument: how, and of which."""
    own = dict(zip(plan.params, facts.parameters, strict=False))
    names = [a.name for a in arrays]
    matches = [(i, MADE.fullmatch(source)) for i, source in enumerate(plan.made)]
    return {i: (m[1], names.index(own[m[2]])) for i, m in matches if m is not None and own.get(m[2]) in names}


def together(w: Writer, arrays: list[Given], labels: dict[int, int], facts: Facts, plan: Plan) -> bool:
    """A line that looks at all arrays and makes new ones, by a program; none is written where there are no programs."""
    made = makers(arrays, facts, plan)
    look = Program(len(arrays))
    for at, a in enumerate(arrays):
        if not isinstance(a.value, np.ndarray):
            return False
        asks_array(look, at, type(a.value), a.value.dtype, *FLAGS[a.layout], len(a.labels))
        look.do("axes", at, len(a.labels), *(labels[n] for n in a.labels))
    results = [look.register() for _ in made]
    for to, (how, model) in zip(results, made.values(), strict=True):
        look.do("new like", to, maker(how), look.constant(np.dtype(np.float64)), model)
    every = look.register()
    look.do("tuple", every, len(results), *results)
    look.do("return", every)
    function = look.made()
    if function is None:
        return False
    w.made.update(made)
    w.lines.append(f"{HELD}new = {w.name(function)}({', '.join(a.name for a in arrays)})")
    w.tests.append(f"{HELD}new is not None")
    w.check()
    if made:
        w.lines.append(f"{', '.join(map(new, made))}, = {HELD}new")
    return True


def new(i: int) -> str:
    """The name of an array that is made for a result."""
    return f"{HELD}m{i}"


def one_by_one(w: Writer, arrays: list[Given]) -> None:
    lengths: dict[int, str] = {}
    for i, a in enumerate(arrays):
        w.tests.append(f"{w.name(type)}({a.name}) is {w.name(type(a.value))}")
        w.tests.append(laid_out(w, a.name, a.value.dtype, a.layout))
        w.check()
        own = [f"{HELD}n{i}_{k}" for k in range(len(a.labels))]
        w.lines.append(f"{', '.join(own)}, = {a.name}.shape")
        for label, length in zip(a.labels, own, strict=True):
            if label == 1 or label in lengths:
                w.tests.append(f"{length} == {1 if label == 1 else lengths[label]}")
            else:
                lengths[label] = length
    found = list(lengths.values())
    w.tests += [f"{n} != {m}" for i, n in enumerate(found) for m in (1, *found[:i])]
    w.check()


def laid_out(w: Writer, name: str, dtype: np.dtype[Any], layout: str) -> str:
    test = f"{name}.dtype is {w.name(dtype)}"
    if not layout:
        return test
    mask, flags = FLAGS[layout]
    return f"{test} and {name}.flags.num & {mask} == {flags}"


def may_overlap(*arrays: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays may share memory: two that own theirs do not."""
    if len(set(map(id, arrays))) < len(arrays):
        return True
    pairs = ((a, b) for i, a in enumerate(arrays) for b in arrays[:i] if a.base is not None or b.base is not None)
    return any(np.may_share_memory(a, b) for a, b in pairs)
