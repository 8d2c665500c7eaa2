"""Callees through which no derivative passes: the function itself."""

from __future__ import annotations

from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Block, Invoke, Stmt
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import blocks, with_blocks
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.reverse.state import CalleePair
from zygote_nb.transform.simplify.simplify import simplify


def plain_pair(derivation: Derivation, instance: Instance, flags: tuple[bool, ...]) -> CalleePair:
    """The function itself, where no derivative passes through the call."""
    if id(instance) not in derivation.plain_done:
        name = derivation.unique(instance.name)
        derivation.plain_done[id(instance)] = name
        function = derivation.to_differentiate(instance)
        body = tuple(plain_calls(function.body, derivation))
        body, results = simplify(
            body, function.result, [p.name for p in function.params], [p.name for p in function.params]
        )
        derivation.functions.append(
            Generated(name, tuple(p.name for p in function.params), body, (), results, frozenset(), instance)
        )
    name = derivation.plain_done[id(instance)]
    nothing = (False,) * len(flags)
    results_ = (False,) * len(derivation.base(instance).result)
    changes = derivation.summary(instance).writes
    return CalleePair(name, "", (), nothing, frozenset(), (), results_, results_, (), plain=True, changes=changes)


def plain_calls(block: Block, derivation: Derivation) -> list[Stmt]:
    """The block with calls of other instances' plain functions."""
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Invoke):
            flags = (False,) * len(stmt.args)
            stmt = replace(stmt, callee=plain_pair(derivation, stmt.callee, flags).forward)
        out.append(with_blocks(stmt, tuple(tuple(plain_calls(b, derivation)) for b in blocks(stmt))))
    return out
