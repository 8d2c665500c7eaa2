"""What is remembered from call to call, and how it is forgotten."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

Cache = TypeVar("Cache", bound=MutableMapping[Any, Any])
_caches: list[MutableMapping[Any, Any]] = []


def remembered(cache: Cache) -> Cache:
    """The mapping, which :func:`refresh` empties."""
    _caches.append(cache)
    return cache


def refresh() -> None:
    """Forget every derivative that was made in this process: the next call of each makes it anew.

    That is hardly ever needed, since functions, rules and variables that have changed are noticed at each call. It
    gives back the memory of what is not called any more. Functions that :func:`zygote_nb.grad` returned stay valid, as
    do pullbacks. What is kept on disk, under a key of all that it depends on, is kept.

    Example:
        >>> import zygote_nb as zg
        >>> zg.gradient(lambda x: x * x, 3.0)
        (6.0,)
        >>> zg.refresh()
    """
    for cache in _caches:
        cache.clear()
