"""What arrays among the arguments are like, and those that are made for results: asked for together, or one by one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from zygote_nb.backend import taking
from zygote_nb.backend.plan import Plan
from zygote_nb.backend.taking import Wanted
from zygote_nb.dataclass import dataclass
from zygote_nb.driver.facts import Facts
from zygote_nb.driver.fast.writer import HELD, TooVaried, Writer
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
    take = taking.take() if plan is not None and all(isinstance(a.value, np.ndarray) for a in arrays) else None
    labels = numbered(arrays)
    if plan is None or take is None or not arrays or len(labels) > taking.MOST_LENGTHS:
        one_by_one(w, arrays)
    else:
        together(w, arrays, labels, makers(arrays, facts, plan))
    names = [a.name for a in arrays]
    if facts.writes and len(names) > 1:
        w.tests.append(f"not {w.name(may_overlap)}({', '.join(names)})")
    if facts.writes:
        w.tests += [f"{name}.flags.writeable" for name in names]
    w.check()


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


def together(w: Writer, arrays: list[Given], labels: dict[int, int], made: dict[int, tuple[str, int]]) -> None:
    wanted = tuple(
        Wanted(type(a.value), a.value.dtype, *FLAGS[a.layout], tuple(labels[n] for n in a.labels)) for a in arrays
    )
    table, names = taking.table(wanted, tuple(made.values())), ", ".join(a.name for a in arrays)
    # The table has the places of types, which the names keep there.
    for a in arrays:
        w.name(type(a.value))
        w.name(a.value.dtype)
    w.made.update(made)
    w.lines.append(f"{HELD}new = {w.name(taking.take())}({w.name(table)}, {names})")
    w.tests.append(f"{HELD}new is not None")
    w.check()
    if made:
        w.lines.append(f"{', '.join(map(new, made))}, = {HELD}new")


def new(i: int) -> str:
    """The name of an array that is made for a result."""
    return f"{HELD}m{i}"


def one_by_one(w: Writer, arrays: list[Given]) -> None:
    lengths: dict[int, str] = {}
    for i, a in enumerate(arrays):
        w.of_type(a.name, a.value)
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
