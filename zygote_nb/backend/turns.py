"""Loops whose iterations wait for each other, so that there is nothing for vectors to do."""

from __future__ import annotations

import operator

from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.core import Apply, Assign, Block, Name
from zygote_nb.ir.kinds import FLOAT
from zygote_nb.ir.walk import blocks

OPERATORS = {operator.add, operator.sub, operator.mul, operator.truediv}
"""What is worked out in Python's order; a function that stands for one of them may be in any."""


def wait_for_each_other(body: Block) -> bool:
    """Whether each iteration of an inner loop begins with a number that the one before it made."""
    if any(map(blocks, body)):
        return False
    made = {s.target for s in body if isinstance(s, Assign) and s.value.kind == FLOAT and not goes_on(s)}
    return bool(made) and not made.isdisjoint(exposed(body))


def goes_on(stmt: Assign) -> bool:
    """Whether a sum or an extreme goes on, which may be gathered in any order."""
    return isinstance(stmt.value, Apply) and stmt.value.fn not in OPERATORS and Name(stmt.target) in stmt.value.args
