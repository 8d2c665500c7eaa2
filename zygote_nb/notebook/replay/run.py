"""Running the instrumented copy."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from time import perf_counter
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, request
from zygote_nb.dataclass import replace
from zygote_nb.driver.derived import Derived, derive
from zygote_nb.driver.run import as_tuple, call_arguments, call_plainly
from zygote_nb.driver.seeds import seed_leaves
from zygote_nb.driver.values import deep_copy, leaf_kinds
from zygote_nb.errors import ScalarOutputError
from zygote_nb.ir.kinds import Kind
from zygote_nb.notebook.replay.effects import refuse_lasting
from zygote_nb.notebook.replay.inside import INNER, Opener, by_line, names_in
from zygote_nb.notebook.replay.instrument import READ as TAKEN
from zygote_nb.notebook.replay.instrument import RESULT, SEEN, instrumented
from zygote_nb.notebook.replay.kept import kept_bytes
from zygote_nb.notebook.replay.observer import Observer, OutOfTime
from zygote_nb.notebook.replay.record import Record, lines_of_results, where_lines_come_from
from zygote_nb.notebook.replay.values import seen
from zygote_nb.options import options
from zygote_nb.transform.simplify.temporaries import named_adjoints

__all__ = ["looked_at", "observed", "quietly", "replay"]

BUDGET = 0.25  # seconds, for a picture that was not asked for by name
SHORT, MOST = 0.03, 2


def replay(call: Call, budget: float = BUDGET, named: bool = True, inside: bool = False) -> Record:
    """Run the generated code of a call once more, interpreted and observed; the arguments stay as they are.

    If `named`, a form of it in which every adjoint has a statement of its own; else the very code. A result that is
    not a scalar is seeded with ones. What the function prints is not printed again. `inside` observes the operations in
    each line too.

    Raises:
        OnceOnly: the function does something that can't be undone.
    """
    req = request(call, (), {})
    derived, seeds = looked_at(req) if named else seeded(req)
    refuse_lasting(derived.program)
    record = observed(derived, req, seeds, budget, inside)
    if not record.complete or inside:
        return record
    spent, again = record.total, MOST
    while spent < SHORT and again:  # what is short is timed several times: something else may have come between
        other = observed(derived, req, seeds, budget)
        record = replace(other, seconds=tuple(map(min, record.seconds, other.seconds)))
        spent, again = spent + other.total, again - 1
    return record


def looked_at(req: Request) -> tuple[Derived, tuple[Any, ...]]:
    """The derivation in which every adjoint and every callee has statements of its own, and seeds for it."""
    with named_adjoints(), options(inline=False):
        return seeded(req)


def seeded(req: Request) -> tuple[Derived, tuple[Any, ...]]:
    """The derivation with the value, and seeds for it: 1 for a number, ones for anything else."""
    try:
        return derive(req.bound, req.wrt, True, loss_only=True), (1.0,)
    except ScalarOutputError:
        derived = derive(req.bound, req.wrt, True)
        with quietly():
            y = call_plainly(req.bound)
        return derived, tuple(seed_leaves(derived.result_kind, y, ones(derived.result_kind, y), "the result"))


def ones(kind: Kind, y: Any) -> Any:
    """A seed of ones in the image of a result."""
    items = getattr(kind, "items", None)
    if items is not None:
        return [ones(k, v) for k, v in zip(items, y, strict=True)]
    return np.ones(np.shape(y)) if np.shape(y) else 1.0


def observed(derived: Derived, req: Request, seeds: tuple[Any, ...], budget: float, inside: bool = False) -> Record:
    """The record of one run of a derivation."""
    module = derived.module
    sweeps = [line.role for line in module.lines]
    users = names_in(i.source for i in derived.program.instances.values())
    opener = Opener(users) if inside else None
    with collector_paused():
        tree, sites = instrumented(module.source, sweeps, opener)
        observer = Observer(sites, budget, module.source.splitlines())
        code = compile(tree, module.filename, "exec")
        del tree
    scope = {**module.namespace, "__name__": "zygote_nb.generated", SEEN: observer.seen, TAKEN: observer.read}
    scope[INNER] = observer.inner
    scope.pop(RESULT, None)
    exec(code, scope)
    shared = not derived.facts.writes
    values = tuple(v if shared and isinstance(v, np.ndarray) else deep_copy(v) for v in req.bound.values)
    leaves = call_arguments(derived.facts, replace(req.bound, values=values))
    complete, results, failed = True, (), None
    start = perf_counter()
    with quietly(), np.errstate(all="ignore"):
        observer.last = perf_counter()
        try:
            results = as_tuple(scope[module.name](*leaves, *seeds))
        except OutOfTime:
            complete = False
        except Exception as error:
            failed = error
    if failed is not None:
        call_plainly(replace(req.bound, values=tuple(map(deep_copy, req.bound.values))))  # raises in the user's lines
        raise failed
    count = len(leaf_kinds(derived.result_kind))
    origins = where_lines_come_from(module, derived.generated)
    return Record(
        module.name,
        module.source,
        origins,
        lines_of_results(derived.generated),
        sites,
        tuple(observer.hits),
        tuple(observer.seconds),
        kept_bytes(module.source, observer),
        tuple(map(tuple, observer.made)),
        tuple(map(tuple, observer.taken)),
        tuple(observer.order),
        tuple(observer.troubles),
        tuple(map(seen, results[:count])),
        gradient_summaries(derived, results[count:]),
        perf_counter() - start,
        users,
        complete,
        by_line(observer.inside, origins),
    )


def gradient_summaries(derived: Derived, computed: tuple[Any, ...]) -> dict[str, Any]:
    """What can be said of the gradients, by the leaf parameters that have one."""
    names = [p.name for p, active in zip(derived.instance.function.params, derived.wrt, strict=True) if active]
    return {name: seen(value) for name, value in zip(names, computed, strict=False)}


@contextmanager
def collector_paused() -> Iterator[None]:
    """Syntax trees are many objects that don't refer back; looking for cycles in them takes longer than making them."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@contextmanager
def quietly() -> Iterator[None]:
    """What runs again prints nothing, and draws the random numbers that it drew."""
    old, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        random.setstate(old)
        np.random.set_state(legacy)  # noqa: NPY002
