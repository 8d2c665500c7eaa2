"""Calls of libraries, which must not change what the derivative is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.runtime.called import RuleError


def read_only(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``fn(*args, **kwargs)`` with arrays that can't be written to, and lists and dicts that must stay as they are.

    What a library changes is not seen by the derivative, which would be a wrong number: it is refused.
    """
    before: list[tuple[Any, Any]] = []
    given = [protected(a, before) for a in args]
    named = {k: protected(v, before) for k, v in kwargs.items()}
    try:
        result = fn(*given, **named)
    except (ValueError, TypeError, BufferError) as error:
        if any(word in str(error) for word in ("read-only", "readonly", "read-write")):
            raise refusal(fn, "an array") from error
        raise
    for held, entries in before:
        now = list(held.items()) if isinstance(held, dict) else held
        if len(now) != len(entries) or any(not same(a, b) for a, b in zip(now, entries, strict=True)):
            raise refusal(fn, f"a {type(held).__name__}")
    return result


def protected(value: Any, before: list[tuple[Any, Any]]) -> Any:
    """An argument as the library gets it; what it may not change is noted."""
    match value:
        case np.ndarray():
            view = value.view()
            view.flags.writeable = False
            return view
        case tuple() if type(value) is tuple:
            return tuple(protected(v, before) for v in value)
        case list():
            held: Any = [protected(v, before) for v in value]
            before.append((held, list(held)))
            return held
        case dict():
            held = {k: protected(v, before) for k, v in value.items()}
            before.append((held, list(held.items())))
            return held
    return value


def same(a: Any, b: Any) -> bool:
    return all(p is q for p, q in zip(a, b, strict=True)) if isinstance(a, tuple) and isinstance(b, tuple) else a is b


def refusal(fn: Callable[..., Any], what: str) -> RuleError:
    name = getattr(fn, "__name__", type(fn).__name__)
    hint = "assign its result, write the change in Python, or hand over a copy: `x.copy()`"
    return RuleError(f"`{name}` changes {what} that it is given, and has no derivative", hint=hint)
