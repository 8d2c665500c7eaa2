"""A function that is one of several, known only when the program runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import FALSE, TRUE, Const, Expr
from zygote_nb.ir.kinds import Kind, Reference, Static


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several functions: ``tests`` say which, the last is what remains."""

    values: tuple[Any, ...]
    tests: tuple[Expr, ...]
    kind: Kind = field(default=Reference(object), compare=False)


def is_function(value: Any) -> bool:
    """Whether the value is a function that is known, or one of several."""
    if isinstance(value, Chosen):
        return True
    from zygote_nb.frontend.local import LocalFunction

    known = isinstance(value, Const) and isinstance(value.kind, Static)
    return known and (callable(value.value) or isinstance(value.value, LocalFunction))


def options(*choices: Any) -> list[Any]:
    """The functions that any of the values may be."""
    found: list[Any] = []
    for choice in choices:
        for value in choice.values if isinstance(choice, Chosen) else (choice,):
            if not any(value == other for other in found):
                found.append(value)
    return found


def test_for(choice: Any, value: Any) -> Expr:
    """The condition under which the choice is this function."""
    if not isinstance(choice, Chosen):
        return TRUE if choice == value else FALSE
    return next((t for v, t in zip(choice.values, choice.tests, strict=True) if v == value), FALSE)


def variables_for(stem: str, values: Sequence[Any], users: Collection[str]) -> list[str]:
    """What the variables are called that say which function ``stem`` is; none of the user's."""
    found: list[str] = []
    for value in values:
        name = getattr(value.value, "__name__", "") if isinstance(value, Const) else ""
        word = f"{stem}_is_{name}" if name.isidentifier() else f"{stem}_is"
        number, candidate = 0, word
        while candidate in found or candidate in users:
            number += 1
            candidate = f"{word}{number}"
        found.append(candidate)
    return found
