"""Rules for the functions of a module that a version of it may lack."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from zygote_nb.rules.registry import non_differentiable, pullback_rule, pushforward_rule, refuse, scalar_rule


def of_module(module: ModuleType, register: Callable[..., Any] = scalar_rule) -> Callable[[str, Any], None]:
    """``rule("name", definition)`` for the functions of the module that there are."""

    def rule(name: str, definition: Any) -> None:
        if hasattr(module, name):
            register(getattr(module, name), definition)

    return rule


def several_of(module: ModuleType) -> Callable[[str, Any, Any], None]:
    """``several("name", pullback, pushforward)`` for those of its functions that have several results."""

    def several(name: str, pullback: Any, pushforward: Any) -> None:
        if hasattr(module, name):
            pullback_rule(getattr(module, name), pullback)
            pushforward_rule(getattr(module, name), pushforward)

    return several


def named(module: ModuleType, names: str) -> list[Any]:
    """The functions of these names that this version of the module has."""
    found = [getattr(module, name) for name in names.split() if name in dir(module)]
    return list(dict.fromkeys(found))


def constants(module: ModuleType, names: str) -> None:
    """Declare functions constant, by their names."""
    for fn in named(module, names):
        non_differentiable(fn)


def refusals(module: ModuleType, reason: str, names: str) -> None:
    """Refuse functions, by their names."""
    refuse(reason, *named(module, names))
