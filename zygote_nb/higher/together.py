"""All columns of a Jacobian in one run of compiled code, where its vectors are short or its rows have few entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.api import Request
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import Ready, is_compiled, known, ready
from zygote_nb.driver.run import call_arguments, end_trial, is_on_trial, run_compiled, with_kinds
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.errors import CompileError
from zygote_nb.higher.blocks import Leaf, result_leaves, shaped, size_of
from zygote_nb.higher.chunks import FEWEST, LONGEST
from zygote_nb.ir.kinds import Array
from zygote_nb.options import current
from zygote_nb.transform.derive.entrywise import MOST
from zygote_nb.transform.forward.rows import LOCAL, ROWS

FEW = 32
"""So many columns are computed before it is known whether there are more rows."""
NOTHING_SHORT = ((0, 0),)
SHORT = 4
"""A vector among the arguments is as short as that, or of any length: the code is not made anew for each."""


def together(req: Request, found: Ready, active: list[Leaf], mode: str) -> tuple[Any, list[list[Any]]] | None:
    """The value, and for each leaf of the result the blocks by each active one; None where others know better."""
    facts, count = found.facts, sum(map(size_of, active))
    if mode == "reverse" or count < FEWEST or facts.has_effects or facts.outside or facts.captured or facts.writes:
        return None
    backend = current().backend
    if backend == "python" or (backend == "auto" and not is_compiled(req.bound) and not waits(req)):
        return None
    if not all(isinstance(k, Array) and k.dtype == "float64" for k, _ in active):
        return None
    rows = in_one_run(req)
    if rows is None or not is_worth_while(rows, count, mode):
        return None
    results = results_of(rows, req, active, count)
    if results is None:
        return None
    kind = rows.facts.result_kind
    values, tangents = results[: len(leaf_kinds(kind))], results[len(leaf_kinds(kind)) :]
    y = assembled(kind, iter(values))
    outputs = result_leaves(kind, y)
    if mode == "auto" and rows.facts.width != LOCAL and count > sum(map(size_of, outputs)):
        return None
    return y, [divided(t, leaf, active) for t, leaf in zip(tangents, outputs, strict=True)]


def in_one_run(req: Request) -> Ready | None:
    """The function as it is, or with vectors of few entries as so many numbers."""
    for question in questions(req):
        found = ready(req.bound, question)
        if found.facts.width in (ROWS, LOCAL):
            return found
    return None


def waits(req: Request) -> bool:
    """Whether an earlier process left the code for that."""
    return any(found is not None and found.executables for found in (known(req.bound, q) for q in questions(req)))


def questions(req: Request) -> tuple[Question, ...]:
    return tuple(
        Question(req.wrt, value=True, forward=True, width=ROWS, sizes=sizes) for sizes in ((), short_axes(req))
    )


def short_axes(req: Request) -> tuple[tuple[int, int], ...]:
    """How long the rows of matrices among the arguments are, and short vectors, by the labels of their axes."""
    arrays = [(k, v) for k, v in zip(req.bound.kinds, req.bound.values, strict=True) if isinstance(k, Array) and k.ndim]
    found = {k.dims[-1]: v.shape[-1] for k, v in arrays if k.ndim > 1 and v.shape[-1] <= MOST}
    counts = {d for k, _ in arrays for d in k.dims[:-1]}
    found |= {k.dims[0]: v.size for k, v in arrays if k.ndim == 1 and v.size <= SHORT and k.dims[0] not in counts}
    return tuple(sorted((d, n) for d, n in found.items() if isinstance(d, int) and d != 1)) or NOTHING_SHORT


def is_worth_while(rows: Ready, count: int, mode: str) -> bool:
    return rows.facts.width == LOCAL or (count <= LONGEST if mode == "forward" else count <= FEW)


def results_of(rows: Ready, req: Request, active: list[Leaf], count: int) -> tuple[Any, ...] | None:
    sizes = [size_of(leaf) for leaf in active]
    more = (count, *(sum(sizes[:i]) for i in range(len(sizes))))
    end_trial(rows, req.bound, more)
    if is_on_trial(rows, req.bound):
        return None
    try:
        done = run_compiled(rows, req.bound, call_arguments(rows.facts, req.bound), more)
    except CompileError:
        return None
    return None if done is None else with_kinds(rows, done)


def divided(tangent: Any, of: Leaf, active: list[Leaf]) -> list[Any]:
    """The columns that belong to each leaf, in memory of their own."""
    matrix = np.reshape(tangent, (size_of(of), -1))
    found, first = [], 0
    for leaf in active:
        columns = matrix[:, first : first + size_of(leaf)]
        found.append(shaped(columns if len(active) == 1 else np.ascontiguousarray(columns), of, leaf))
        first += size_of(leaf)
    return found
