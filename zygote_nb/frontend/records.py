"""Dicts of fixed keys that are known by number as the program runs: each set of keys has a pool, as a class has."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class Record(dict):  # type: ignore[type-arg]
    """The class of such dicts in the heap; what refers to one knows no difference."""

    KEYS: tuple[Any, ...] = ()


@lru_cache(maxsize=1000)
def record_class(keys: tuple[Any, ...]) -> type:
    names = ", ".join(map(repr, keys))
    return type("record", (Record,), {"KEYS": keys, "__module__": __name__, "__qualname__": f"record of {names}"})


def plain_class(cls: type) -> type:
    """The class as the program knows it."""
    return dict if issubclass(cls, Record) else cls
