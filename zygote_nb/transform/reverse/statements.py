"""The reverse transformation: for each statement of the primal program, the statements of its adjoint.

Adjoint statements read primal variables under their own names, as they were around the primal statement; ``record``
decides afterwards where these values come from. Which adjoints are zero is known at each point of the backward sweep,
so that nothing is set to zero and then added to once.
"""

from __future__ import annotations

from functools import partial

from zygote_nb.ir.core import Append, Assign, Attempt, Block, For, If, Invoke, Pop, Stmt, Store, While
from zygote_nb.transform.reverse.assignments import assign
from zygote_nb.transform.reverse.calls import invoke
from zygote_nb.transform.reverse.lists import append, pop
from zygote_nb.transform.reverse.regions import attempt, branch, loop
from zygote_nb.transform.reverse.state import Mirror, Reverse
from zygote_nb.transform.reverse.stores import store


def mirrored_block(r: Reverse, block: Block) -> list[Mirror]:
    mirrors = [mirrored(r, stmt) for stmt in reversed(block)]
    return mirrors[::-1]


def mirrored(r: Reverse, stmt: Stmt) -> Mirror:
    match stmt:
        case Assign():
            return assign(r, stmt)
        case Store():
            return store(r, stmt)
        case Append():
            return append(r, stmt)
        case Pop():
            return pop(r, stmt)
        case Invoke():
            return invoke(r, stmt)
        case If():
            return branch(r, stmt, partial(mirrored_block, r))
        case Attempt():
            return attempt(r, stmt, partial(mirrored_block, r))
        case For() | While():
            return loop(r, stmt, partial(mirrored_block, r))
    return Mirror(stmt)
