"""Tangents and seeds, checked against the values that they belong to."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.lists import zero


def check_like(value: Any, given: Any, where: str, word: str) -> None:
    """A tangent or a seed has the shape of what it belongs to, and is real where that is."""
    if np.shape(given) != np.shape(value):
        raise ValueError(f"the {word} of {where} has shape {np.shape(given)}, and {where} has shape {np.shape(value)}")
    if np.iscomplexobj(given) and not np.iscomplexobj(value):
        raise ValueError(f"the {word} of {where} is complex, and {where} is real")


def list_like(values: list[Any], given: Any, where: str, word: str) -> list[Any]:
    """A tangent or a seed of a list of numbers, arrays or lists; None stands for zeros."""
    entries = [None] * len(values) if given is None else list(given)
    if len(entries) != len(values):
        raise ValueError(f"the {word} of {where} has {len(entries)} entries, and {where} has {len(values)}")
    pairs = enumerate(zip(values, entries, strict=True))
    return [entry_like(v, d, f"entry {i} of {where}", word) for i, (v, d) in pairs]


def entry_like(value: Any, given: Any, where: str, word: str) -> Any:
    if isinstance(value, list):
        return list_like(value, given, where, word)
    if given is None:
        return zero(value)
    check_like(value, given, where, word)
    if isinstance(value, np.ndarray):
        return np.array(given, zero(value).dtype)
    return complex(given) if np.iscomplexobj(value) else float(given)
