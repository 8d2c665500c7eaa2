"""Loops of the backward sweep count up where the order of iterations doesn't matter: easier to read and faster."""

from __future__ import annotations

from dataclasses import replace

from zygote_nb.analysis.commuting import Surroundings, with_loops
from zygote_nb.ir.core import INT_ONE, Block, Const, Expr, For
from zygote_nb.ir.walk import names
from zygote_nb.transform.record.mirrored import plus_one


def forward_where_free(block: Block, results: tuple[Expr, ...], groups: dict[str, set[str]]) -> Block:
    """The block with loops that count up instead of down; in ``groups`` are variables that may share memory."""
    read = frozenset().union(*map(names, results)) if results else frozenset()
    return with_loops(block, Surroundings(groups, read), turned)


def turned(loop: For, surroundings: Surroundings) -> Block:
    if loop.step != Const(-1) or loop.count is not None or not surroundings.commutes(loop):
        return (loop,)
    return (replace(loop, start=plus_one(loop.stop), stop=plus_one(loop.start), step=INT_ONE),)
