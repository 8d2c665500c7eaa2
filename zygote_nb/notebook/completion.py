"""What can be typed next on the line of a magic."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from zygote_nb.notebook.cell.values import is_float
from zygote_nb.notebook.magics import ZygoteMagics

__all__ = ["completions"]


def completions(line: str, namespace: Mapping[str, Any]) -> list[str]:
    """Options behind a dash; parameters, or variables for `%%grad`, behind `-w`; functions where a call begins.

    Inside the call, Python's own completion is at home.
    """
    match = re.match(r"\s*(%%?)(\w+)\s+(.*)$", line)
    method = _METHODS.get((match[1], match[2])) if match else None
    if match is None or method is None:
        return []
    *before, word = re.split(r"\s+", match[3])
    if word.startswith("-"):
        return sorted(o for o in _options(method) if o.startswith(word))
    if "(" in match[3]:
        return []
    if before and before[-1] in ("-w", "--wrt"):
        return sorted(name for name in _parameters(namespace) if name.startswith(word))
    if match[1] == "%%":
        return sorted(n for n, v in namespace.items() if n.startswith(word) and not n.startswith("_") and is_float(v))
    return sorted(n for n, v in _functions(namespace).items() if n.startswith(word))


_METHODS = {
    ("%", "grad"): ZygoteMagics.grad_line,
    ("%%", "grad"): ZygoteMagics.grad_cell,
    ("%", "adjoint"): ZygoteMagics.adjoint,
    ("%", "gradgraph"): ZygoteMagics.gradgraph,
    ("%", "gradcheck"): ZygoteMagics.gradcheck,
    ("%", "gradprof"): ZygoteMagics.gradprof,
    ("%", "nantrace"): ZygoteMagics.nantrace,
}


def _options(method: Any) -> list[str]:
    return [option for action in method.parser._actions for option in action.option_strings]


def _functions(namespace: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in namespace.items() if isinstance(v, FunctionType) and not n.startswith("_")}


def _parameters(namespace: Mapping[str, Any]) -> set[str]:
    """Parameters of the notebook's functions: which one is meant is typed later."""
    return {p for fn in _functions(namespace).values() for p in inspect.signature(fn).parameters}
