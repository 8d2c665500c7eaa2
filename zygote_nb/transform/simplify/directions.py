"""Loops of the backward sweep count up where the order of iterations doesn't matter: easier to read and faster."""

from __future__ import annotations

from zygote_nb.analysis.commuting import Surroundings, turned, with_loops
from zygote_nb.ir.core import Block, Expr
from zygote_nb.ir.walk import names


def forward_where_free(block: Block, results: tuple[Expr, ...], groups: dict[str, set[str]]) -> Block:
    """The block with loops that count up instead of down; in ``groups`` are variables that may share memory."""
    read = frozenset().union(*map(names, results)) if results else frozenset()
    return with_loops(block, Surroundings(groups, read), turned)
