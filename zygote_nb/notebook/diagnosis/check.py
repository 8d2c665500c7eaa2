"""`%gradcheck`: every argument against finite differences, with the entries that are off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, gradient, request
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.display.document import Document, Row, Say, Table
from zygote_nb.display.shown import Shows
from zygote_nb.driver.derived import derive
from zygote_nb.driver.restoring import as_before
from zygote_nb.driver.run import call_plainly
from zygote_nb.errors import cell_name
from zygote_nb.notebook.replay.effects import refuse_lasting
from zygote_nb.notebook.replay.values import short_number
from zygote_nb.rules.registry import Rule
from zygote_nb.trees import is_whole, leaves, ravel

__all__ = ["Check", "Entry", "check"]

MOST = 200  # entries of one argument that are looked at one by one; of a larger one, a sample


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an argument: its gradient and the difference quotient."""

    name: str
    gradient: float
    difference: float

    @property
    def error(self) -> float:
        """Relative to the larger of the two, and to one."""
        apart = abs(self.gradient - self.difference)
        return apart / max(1.0, abs(self.gradient), abs(self.difference)) if math.isfinite(apart) else math.inf


@dataclass(frozen=True, slots=True)
class Argument:
    """What was compared of one argument, or the reason why nothing was.

    `kinks` entries were left out because the quotients at two step sizes differ.
    """

    name: str
    entries: tuple[Entry, ...]
    size: int
    kinks: int
    reason: str = ""

    @property
    def worst(self) -> Entry | None:
        return max(self.entries, key=lambda e: e.error, default=None)


@dataclass(frozen=True, slots=True, repr=False)
class Check(Shows):
    """The result of a check; true if nothing is off."""

    arguments: tuple[Argument, ...]
    tolerance: float
    rules: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.off

    @property
    def off(self) -> tuple[Entry, ...]:
        """The entries that are off, the worst first."""
        wrong = (e for a in self.arguments for e in a.entries if e.error > self.tolerance)
        return tuple(sorted(wrong, key=lambda e: -e.error))

    def document(self) -> Document:
        rows = tuple(_row(a, self.tolerance) for a in self.arguments)
        if not rows:
            return (Say("nothing to check: no float argument"),)
        off = self.off
        wrong = tuple(
            Row(e.name, f"gradient {e.gradient:.10g}", f"finite differences {e.difference:.10g}") for e in off[:10]
        )
        if not wrong:
            return (Say("agrees with finite differences"), Table(rows))
        rest = f", the worst {len(wrong)} are:" if len(off) > len(wrong) else ":"
        advice = "a kink or a jump nearby, a wrong rule, or a step that is too large for the function's scale (--eps)"
        word = "entry is" if len(off) == 1 else "entries are"
        own = [Say(f"a rule of your own is in use: {rule}; zg.test_rrule checks it by itself") for rule in self.rules]
        said = Say(f"{len(off)} {word} off{rest}", True)
        return said, Table(wrong), Table(rows), *own, Say(f"usual causes: {advice}")


def check(call: Call, eps: float = 1e-6, tolerance: float = 1e-5) -> Check:
    """Compare the gradient of a call with central differences; its output and what it changes are undone."""
    req = request(call, (), {})
    refuse_lasting(derive(req.bound, req.wrt, False).program)
    with np.errstate(all="ignore"):
        with as_before(req.bound.plain):
            given = gradient(call)
        found = tuple(
            _argument(req, position, grad, eps)
            for position, grad in zip(req.order, given, strict=True)
            if grad is not None and leaves(grad)
        )
    return Check(found, tolerance, _own_rules(req))


def _own_rules(req: Request) -> tuple[str, ...]:
    """The rules of the user's own that the gradient goes through."""
    used = derive(req.bound, req.wrt, False).derivation.used_rules
    return tuple(dict.fromkeys(_described(r) for r in used if not r.built_in and r.definition is not None))


def _described(rule: Rule) -> str:
    filename, _, line = rule.place.rpartition(":")
    return f"that for {getattr(rule.fn, '__name__', rule.fn)}, {cell_name(filename) or filename}, line {line}"


def _argument(req: Request, position: int, grad: Any, eps: float) -> Argument:
    value, name = req.bound.values[position], req.bound.names[position]
    vector, unravel = ravel(value)
    ours, _ = ravel(grad)
    if ours.size != vector.size:
        return Argument(name, (), vector.size, 0, "some of its entries have no gradient")
    entries, kinks = [], 0
    for i in _chosen(ours):
        try:
            quotient = _quotient(req, position, vector, unravel, i, eps)
        except TypeError:
            if is_whole(value):
                return Argument(name, (), vector.size, 0, "the function takes whole numbers only")
            raise
        if quotient is None:
            kinks += 1
        else:
            entries.append(Entry(_entry_name(name, value, i), float(ours[i]), quotient))
    return Argument(name, tuple(entries), vector.size, kinks)


def _chosen(gradient_: np.ndarray) -> Iterator[int]:
    """All entries, or those of largest gradient and a sample of the others."""
    if gradient_.size <= MOST:
        yield from range(gradient_.size)
        return
    largest = np.argsort(-np.abs(np.nan_to_num(gradient_, nan=np.inf)))[: MOST // 4]
    others = np.random.default_rng(0).permutation(gradient_.size)
    yield from list(dict.fromkeys(map(int, [*largest, *others])))[:MOST]


def _quotient(req: Request, position: int, vector: np.ndarray, unravel: Any, i: int, eps: float) -> float | None:
    """The central difference in one entry; None where two step sizes disagree."""
    found = []
    for scale in (1.0, 0.25):
        step = scale * eps * max(1.0, abs(vector[i]))
        values = []
        for sign in (1, -1):
            moved = vector.copy()
            moved[i] += sign * step
            values.append(_value(req, position, unravel(moved)))
        found.append((values[0] - values[1]) / (2 * step))
    spread = abs(found[0] - found[1])
    return None if spread > 1e-3 * max(1.0, *map(abs, found)) or spread != spread else found[0]


def _value(req: Request, position: int, value: Any) -> float:
    values = (*req.bound.values[:position], value, *req.bound.values[position + 1 :])
    with as_before(req.bound.plain):
        result = call_plainly(replace(req.bound, values=values))
    return float(result[0] if isinstance(result, tuple) else result)


def _entry_name(name: str, value: Any, i: int) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return f"{name}[{', '.join(map(str, np.unravel_index(i, value.shape)))}]"
    return name if np.ndim(value) == 0 and not isinstance(value, list | tuple | dict) else f"{name}, entry {i}"


def _row(argument: Argument, tolerance: float) -> Row:
    worst = argument.worst
    if worst is None:
        return Row(argument.name, "not compared", argument.reason or f"{argument.kinks} kinks")
    count = len(argument.entries)
    looked = f"all {count}" if count == argument.size else f"{count} of {argument.size}"
    entries = "the entry" if argument.size == 1 else f"{looked} entries"
    kinks = f", {argument.kinks} kinks left out" if argument.kinks else ""
    verdict = "agrees" if worst.error <= tolerance else "is off"
    return Row(argument.name, verdict, f"{entries}, largest relative error {short_number(worst.error)}{kinks}")
