"""Arrays of which the backward sweep reads the shape only: a parameter that has it is there anyway."""

from __future__ import annotations

from collections.abc import Iterable

from zygote_nb.analysis.cost import content_reads
from zygote_nb.ir.core import Accumulate, Append, Name, Pop, Stmt
from zygote_nb.ir.kinds import Array, Kind
from zygote_nb.ir.walk import bound, expressions, statements
from zygote_nb.transform.record.insertion import replaced


def with_shapes_of(
    backward: list[Stmt], wanted: Iterable[str], params: Iterable[str], kinds: dict[str, Kind]
) -> list[Stmt]:
    """The block with the shapes of parameters in place of those of wanted arrays that are as long along each axis."""
    lasting: dict[Kind, str] = {}
    for param in params:
        kind = kinds.get(param)
        if isinstance(kind, Array) and None not in kind.dims:
            lasting.setdefault(kind, param)
    for name in sorted(wanted):
        kind = kinds.get(name)
        if kind in lasting and is_read_for_shape(backward, name):
            backward = list(replaced(tuple(backward), name, Name(lasting[kind], kind)))
    return backward


def is_read_for_shape(block: list[Stmt], name: str) -> bool:
    for stmt in statements(tuple(block)):
        if name in bound(stmt) or any(name in content_reads(e) for e in expressions(stmt)):
            return False
        if isinstance(stmt, Append | Pop) and stmt.base == name:
            return False
        if isinstance(stmt, Accumulate) and stmt.target == name:
            return False
    return True
