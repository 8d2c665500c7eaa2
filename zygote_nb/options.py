"""How zygote_nb goes about its work: settings for the process, and for a `with` block."""

from __future__ import annotations

import os
from contextvars import ContextVar
from threading import Lock
from typing import Any, Literal

from zygote_nb.dataclass import dataclass, replace

__all__ = ["Options", "current", "options"]


@dataclass(frozen=True, slots=True)
class Options:
    """The settings in force.

    backend: "auto" compiles where that pays, function by function; "numba" compiles all, and raises CompileError where
        one function can't be compiled; "python" interprets.
    cache: keep compiled code on disk.
    arrays: "auto" chooses the cheapest right class of adjoint, "shadow" takes the one that is always right.
    record: "minimal" keeps only what the backward sweep reads, "all" keeps every value.
    inline: write tiny callees (a few assignments, no control flow) out where they are called; False calls them.
    math: "vector" lets compiled loops compute exp, expm1, log, log1p, tanh, sin, cos and expit several elements at a
        time, to two units in the last place, and add up sums in any order; "precise" calls the C library.
    parallel: how many threads compiled loops may be divided between, where their iterations are proven to be apart.
    """

    backend: Literal["auto", "numba", "python"] = "auto"
    cache: bool = True
    arrays: Literal["auto", "shadow"] = "auto"
    record: Literal["minimal", "all"] = "minimal"
    inline: bool = True
    math: Literal["vector", "precise"] = "vector"
    parallel: int = 1


_MOST_THREADS = 256
_VALID: dict[str, tuple[str | bool, ...]] = {
    "backend": ("auto", "numba", "python"),
    "cache": (True, False),
    "arrays": ("auto", "shadow"),
    "record": ("minimal", "all"),
    "inline": (True, False),
    "math": ("vector", "precise"),
}


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the `with` blocks around us changed, and the result over the process's settings `base`."""

    changes: dict[str, Any]
    base: Options
    merged: Options


_lock = Lock()
_settled = Options()
_recent: list[options] = []
_process = [_settled]
_scope: ContextVar[_Scope | None] = ContextVar("zygote_nb_options", default=None)


class options:  # noqa: N801 (reads as the verb that it is)
    """Change settings for the process, or, in a `with` statement, for the block in this thread or task.

    backend: "auto", "numba" or "python"; cache: bool; arrays: "auto" or "shadow";
    record: "minimal" or "all"; inline: bool; math: "vector" or "precise"; parallel: bool, or a number of threads, where
    True stands for as many as there are cores. What isn't named stays as it is. Raises TypeError for an unknown name
    and ValueError for an unknown value.

    >>> with options(backend="python"):
    ...     current().backend
    'python'
    >>> current().backend
    'auto'
    """

    __slots__ = ("_outer", "settings")

    def __init__(self, **settings: Any) -> None:
        for name, value in settings.items():
            _check(name, value)
        if "parallel" in settings:
            settings["parallel"] = _threads(settings["parallel"])
        self.settings = settings
        self._outer: list[_Scope | None] = []
        with _lock:
            _recent.append(self)
            _apply()

    def __enter__(self) -> Options:
        # Nobody can tell at construction that a `with` follows; here the change for all is taken back.
        with _lock:
            if self in _recent:
                _recent.remove(self)
                _apply()
        outer = _scope.get()
        self._outer.append(outer)
        changes = {**(outer.changes if outer else {}), **self.settings}
        _scope.set(_Scope(changes, _process[0], replace(_process[0], **changes)))
        return current()

    def __exit__(self, *_exc: object) -> None:
        _scope.set(self._outer.pop())

    def __repr__(self) -> str:
        return f"options({', '.join(f'{name}={value!r}' for name, value in self.settings.items())})"


def current() -> Options:
    """The settings in force here.

    >>> current().cache
    True
    """
    scope = _scope.get()
    if scope is None:
        return _process[0]
    if scope.base is _process[0]:
        return scope.merged
    return replace(_process[0], **scope.changes)


def held() -> tuple[ContextVar[_Scope | None], list[Options]]:
    """What decides on the settings in force: a scope, and a list of the settings for the process."""
    return _scope, _process


def _apply() -> None:
    """Settings made long ago are merged for good, recent ones may still turn out to belong to a `with`."""
    global _settled
    while len(_recent) > 64:
        _settled = replace(_settled, **_recent.pop(0).settings)
    process = _settled
    for change in _recent:
        process = replace(process, **change.settings)
    if process != _process[0]:
        _process[0] = process


def _threads(parallel: bool | int) -> int:
    """How many threads; the same number gives the same digits wherever it comes from."""
    if parallel is not True:
        return max(int(parallel), 1)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(name: str, value: object) -> None:
    if name == "parallel":
        if type(value) not in (bool, int) or not 0 <= int(value) <= _MOST_THREADS:  # type: ignore[call-overload]
            raise ValueError(f"options(parallel={value!r}): must be True, False, or a number up to {_MOST_THREADS}")
        return
    if name not in _VALID:
        raise TypeError(f"options() has no setting {name!r}; the settings are {', '.join((*_VALID, 'parallel'))}")
    valid = _VALID[name]
    if not isinstance(value, str | bool) or type(value) is not type(valid[0]) or value not in valid:
        raise ValueError(f"options({name}={value!r}): must be one of {', '.join(map(repr, valid))}")
