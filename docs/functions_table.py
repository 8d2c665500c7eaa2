"""Writes docs/reference/functions.md from the registry of rules: ``python docs/functions_table.py``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from zygote_nb.ir.core import Attribute, Method
from zygote_nb.rules import library, notes, registry

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.rules.typical import how

PAGE = Path(__file__).parent / "reference" / "functions.md"
MODULES = (
    "numpy", "numpy.linalg", "numpy.fft", "numpy.lib.stride_tricks", "math", "scipy.special", "scipy.linalg",
    "scipy.fft",
)  # fmt: skip

HEAD = """# Functions

Every public function of the modules below, and every method of arrays, is of one of three kinds: it has a derivative;
it is constant, so that no derivative passes through it (comparisons, rounding, positions, metadata); or it is refused,
for the reason given. Aliases (`np.abs`, `np.absolute`) are listed under each name. The gradient of a typical call, of
real numbers in double precision, runs in one of three ways: *compiled* as a whole; *called*, where compiled code calls
the function, or one that its derivative needs, as Python does; or *interpreted*, and then so is the function that calls
it. {doc}`refused` lists what is refused in all modules. This page is written by `docs/functions_table.py` from the
registry of rules, and from the calls in `tests/rules`.

"""


def names_of(module: ModuleType) -> list[str]:
    """The public callables of a module."""
    public = [n for n in dir(module) if not n.startswith("_")]
    return [n for n in public if callable(getattr(module, n)) and not isinstance(getattr(module, n), ModuleType)]


def functions_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    yield from ((name, getattr(module, name)) for name in names_of(module))


def methods() -> Iterator[tuple[str, Any]]:
    """Methods and attributes of arrays, as the registry knows them."""
    for name in dir(np.ndarray):
        if not name.startswith("_"):
            yield name, Method(name) if callable(getattr(np.ndarray, name)) else Attribute(name)


def sections() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    modules = [import_module(name) for name in MODULES]
    library.load()
    for module in modules:
        yield f"`{module.__name__}`", list(functions_of(module))
    yield "Methods and attributes of arrays", list(methods())


def rule_of(fn: Any) -> registry.Rule:
    rule = registry.lookup(fn)
    assert rule is not None, f"{fn} is in none of the three classes"
    return rule


def section(title: str, functions: list[tuple[str, Any]]) -> str:
    rules = {name: rule_of(fn) for name, fn in functions}
    functions_by_name = dict(functions)
    shown = [f"## {title}\n"]
    differentiable = [n for n, r in rules.items() if r.form != "constant" and not r.reason]
    if differentiable:
        shown.append("| function | runs | notes |\n|---|---|---|")
        shown += [f"| `{n}` | {runs(functions_by_name[n])} | {notes.note(rules[n].fn)} |" for n in differentiable]
    constant = [n for n, r in rules.items() if r.form == "constant"]
    if constant:
        shown.append("\nConstant: " + ", ".join(f"`{n}`" for n in constant) + ".")
    shown += refusals(rules)
    return "\n".join(shown) + "\n"


def runs(fn: Any) -> str:
    found = how(fn)
    return found if found in ("compiled", "called") else "interpreted"


def refusals(rules: dict[str, registry.Rule]) -> list[str]:
    """One line for each reason."""
    reasons: dict[str, list[str]] = {}
    for name, rule in rules.items():
        if rule.reason:
            reasons.setdefault(rule.reason, []).append(f"`{name}`")
    lines = [f"| {', '.join(names)} | {reason} |" for reason, names in reasons.items()]
    return ["\n| refused | because |\n|---|---|", *lines] if lines else []


def page() -> str:
    return HEAD + "\n".join(section(title, functions) for title, functions in sections())


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
