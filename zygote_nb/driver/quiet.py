"""A way back that does not raise, for a function that doesn't.

What NumPy's numbers were divided by on the way forward may be a number of Python's and zero. On the way back there are
Python's numbers on both sides, and these raise. It is rare, so that nothing is written for it beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zygote_nb.backend.module import Module, interpreted
from zygote_nb.backend.printing import build
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Block
from zygote_nb.ir.walk import blocks, map_expressions, with_blocks
from zygote_nb.transform.forward.attempts import unraising


def with_quiet_way_back(module: Module) -> Callable[..., Any] | None:
    """The function as it is interpreted, with NumPy's division on the way back; None if that changes nothing."""
    functions = tuple(replace(f, backward=quiet(f.backward)) for f in module.functions)
    changed = build(functions, module.name, module.obstacle)
    return interpreted(changed) if changed.source != module.source else None


def quiet(block: Block) -> Block:
    return tuple(with_blocks(map_expressions(s, unraising), tuple(map(quiet, blocks(s)))) for s in block)
