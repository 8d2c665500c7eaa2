"""Calls of the verbs here that are like earlier ones: the functions that were written for these are tried first."""

from __future__ import annotations

from typing import Any

from zygote_nb.api import Call
from zygote_nb.driver.fast.call import remember
from zygote_nb.driver.fast.writer import Fast

Table = dict[int, list[Fast]]


def recalled(table: Table, f: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
    """What a function that was written for such a call returns; None if there is none, or the call is another one."""
    wrt = None
    if type(f) is Call:
        if args or f.kwargs:
            return None
        f, args, wrt = f.function, f.args, f.wrt
    if kwargs:
        return None
    try:
        for fast in table[id(f.__code__)]:
            known = fast(f, args, wrt)
            if known is not None:
                return known
    except Exception:
        pass  # the long way gives the plain exception, or the result that compiled code could not give
    return None


def names_of(f: Any) -> tuple[str, ...] | None:
    return f.wrt if type(f) is Call else None


def kept(table: Table, f: Any, kwargs: Any, fast: Fast | None) -> None:
    if not kwargs and not (type(f) is Call and f.kwargs):
        remember(table, f.function if type(f) is Call else f, fast)
