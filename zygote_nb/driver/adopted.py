"""Compiled code that is made in a process beside this one, and adopted when it is there."""

from __future__ import annotations

import pickle
from dis import opmap
from types import CodeType
from typing import Any

from zygote_nb.backend import beside
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.driver import store
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.ready import Building, Ready
from zygote_nb.options import current

KILLED = "the process that compiled it ended without a word"


def is_compiling(ready: Ready) -> bool:
    """Whether code for this derivative is being made; notes if the process that made it was killed."""
    going_on = False
    for types, building in tuple(ready.building.items()):
        if building.is_over():
            del ready.building[types]
            if building.build.result() < 0:
                ready.obstacle = KILLED
        else:
            going_on = True
    return going_on


def expect(bound: Bound) -> None:
    """A process that may be asked to compile imports Numba while it is derived what there is to compile."""
    settings = current()
    if settings.backend == "auto" and settings.cache and has_loops(bound.plain.__code__) and beside.is_possible():
        beside.get_ready()


def has_loops(code: CodeType) -> bool:
    return opmap["JUMP_BACKWARD"] in code.co_code[::2] or code.co_name in code.co_names


def has_begun(ready: Ready, bound: Bound, args: tuple[Any, ...]) -> bool | None:
    """See to it that code is made for arguments of these types: True once it is there, None if it can't be made so."""
    types = signature(args)
    if types is None or not current().cache or not beside.is_possible():
        return None
    known = ready.building.get(types)
    if known is not None and (known.is_over() or known.build.is_running()):
        return known.is_over()
    if beside.is_busy():
        return False
    build = begun(ready, bound, types, args, known is not None)
    if build is None:
        ready.building.pop(types, None)
        return None
    ready.building[types] = Building(build, known is not None)
    return not build.is_running()


def begun(ready: Ready, bound: Bound, types: Signature, args: tuple[Any, ...], calls: bool) -> beside.Build | None:
    """The process, for the text with ``calls`` in place of what Numba may not know where it gave up the other one."""
    from zygote_nb.backend.entry import text

    module = ready.derived(bound).module
    try:
        chosen = text(module, calls=calls)
        if calls and chosen.source == text(module).source:
            return None
    except NotCompiled:
        return None

    def noted(key: str) -> tuple[str, bytes] | None:
        if not ready.facts.has_loops:
            return None
        found = store.record_of(bound, ready, types, chosen.plan, key)
        return None if found is None else (found[0], pickle.dumps(found[1]))

    return beside.begin(chosen, args, noted)
