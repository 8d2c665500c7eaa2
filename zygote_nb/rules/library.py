"""The built-in rules, loaded when the first program needs them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

from zygote_nb.rules import registry

FAMILIES = (
    "operators", "elementwise", "reduce", "shape", "index", "linalg", "creation", "builtins", "nondiff", "helpers",
)  # fmt: skip


@cache
def load() -> None:
    """Import all families; a rule that a user gave before for the same function stays."""
    given = dict(registry._rules)
    registry._rules.clear()
    for family in FAMILIES:
        import_module(f"{__package__}.{family}")
    for fn, rule in list(registry._rules.items()):
        registry._rules[fn] = replace(rule, built_in=True)
    registry._rules.update(given)
