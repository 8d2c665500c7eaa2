"""Derivations on disk as the interpreter runs them: the text with what it names, where all of that is of libraries.

They are found, and found to be true, as those of machine code are (`store.py`), and used where there is none.
"""

from __future__ import annotations

import pickle
from types import ModuleType
from typing import Any

import numpy as np

from zygote_nb.backend import cache
from zygote_nb.backend.fingerprint import PLAIN, Unstable, digest, found_by_name
from zygote_nb.backend.module import Module
from zygote_nb.backend.pickling import libraries_only
from zygote_nb.dataclass import dataclass, fields, is_dataclass
from zygote_nb.driver import store
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.store import Expected
from zygote_nb.options import current


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What is kept. The text is not run before it is known whether it can be compiled."""

    facts: Facts
    dependencies: tuple[Expected, ...]
    obstacle: str | None
    module: tuple[Any, ...] | None
    names: bytes | None


def is_used() -> bool:
    return store.is_used() and current().backend == "auto"


def recall(bound: Bound, question: Question) -> Ready | None:
    """What an earlier process kept for this call, if it is still true."""
    if not is_used():
        return None
    try:
        kept = cache.recall(key_of(bound, question))
        return of_kept(kept, bound, question) if isinstance(kept, Interpretation) else None
    except Exception:
        # Whatever is wrong with what was kept, it can be derived anew.
        return None


def of_kept(kept: Interpretation, bound: Bound, question: Question) -> Ready | None:
    dependencies = store.unchanged(kept.dependencies, kept.facts, bound)
    if dependencies is None or store.types_of(bound, kept.facts) is None:
        return None
    ready = Ready(question, kept.facts, dependencies, kept.obstacle, is_kept=kept.module is not None)
    if kept.module is not None and kept.names is not None:
        name, source, linemap, has_loops, recursive, count = kept.module
        names = pickle.loads(kept.names)
        ready.text = Module(
            name, (), (), source, names, kept.obstacle, None, has_loops, linemap, recursive=recursive, count=count
        )
    return ready


def keep(bound: Bound, ready: Ready, has_run: bool = True) -> None:
    """Write what was derived for other processes, once: the text when it has run, and before that the facts."""
    if ready.is_kept or not is_used():
        return
    ready.is_kept, module = has_run, ready.derived(bound).module
    runs = has_run and is_settled(ready, module)
    if has_run and not runs:
        return
    names = portable(module.namespace) if runs else None
    parts = (module.name, module.source, module.linemap, module.has_loops, module.recursive, module.count)
    try:
        expected = store.expected(bound, ready)
        if expected is not None:
            kept = Interpretation(ready.facts, expected, module.obstacle, None if names is None else parts, names)
            cache.keep(key_of(bound, ready.question), kept)
    except Unstable:
        return


def is_settled(ready: Ready, module: Module) -> bool:
    """Whether the interpreter has run the text, by itself, and it is known if it can be compiled."""
    has_run = module.counted is not None or (ready.mixed is not None and not module.callees)
    return has_run and ready.obstacle == module.obstacle


def key_of(bound: Bound, question: Question) -> str:
    return digest("interpreted", store.key_of(bound, question))


def portable(names: dict[str, Any]) -> bytes | None:
    """Names with their values for another process; None if one of them is of this process only."""
    try:
        if not all(map(is_portable, names.values())):
            return None
        content = libraries_only(names)
        found = pickle.loads(content)
    except Exception:
        # Values of others' may do anything when they are pickled.
        return None
    return content if all(is_same(value, found[name]) for name, value in names.items()) else None


def is_portable(value: Any) -> bool:
    """Whether a value is what its name, or its text, says, and nothing that changes."""
    if isinstance(value, tuple | frozenset):
        return all(map(is_portable, value))
    if is_dataclass(value) and not isinstance(value, type):
        frozen = type(value).__dataclass_params__.frozen
        return frozen and is_portable(type(value)) and all(is_portable(getattr(value, f.name)) for f in fields(value))
    return type(value) in PLAIN or isinstance(value, np.dtype | ModuleType) or bool(found_by_name(value))


def is_same(value: Any, found: Any) -> bool:
    if isinstance(value, (*PLAIN, tuple, frozenset, np.dtype)) or is_dataclass(value):
        return type(value) is type(found)
    return value is found
