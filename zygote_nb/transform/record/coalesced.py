"""What goes onto a tape and comes from it, without a variable in between."""

from __future__ import annotations

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import (
    Append,
    Assign,
    Name,
    Pop,
    Stmt,
)
from zygote_nb.ir.walk import (
    all_bound,
    read,
    statements,
)
from zygote_nb.transform.record.insertion import count_reads, replaced


def coalesced(forward: list[Stmt], backward: list[Stmt], tape: str, saves: list[str]) -> tuple[list[Stmt], list[Stmt]]:
    """``old_r = r; tape.append(old_r)`` becomes ``tape.append(r)``, and its pop goes straight into ``r``.

    So it is only for ``saves``, which nothing else reads: not after the loop either.
    """
    pop = backward[0]
    assert isinstance(pop, Pop)
    for name in saves:
        forward = appended_directly(forward, tape, name)
        target = restored_variable(backward, name)
        if target is not None:
            kind = pop.kinds[pop.targets.index(name)]
            pop = replace(pop, targets=tuple(target if t == name else t for t in pop.targets))
            backward = [
                s for s in backward if not (isinstance(s, Assign) and s.target == target and s.value == Name(name))
            ]
            backward = list(replaced(tuple(backward), name, Name(target, kind)))
    return forward, [pop, *backward[1:]]


def appended_directly(forward: list[Stmt], tape: str, name: str) -> list[Stmt]:
    for i, stmt in enumerate(forward):
        if (
            isinstance(stmt, Assign)
            and stmt.target == name
            and isinstance(stmt.value, Name)
            and count_reads(forward, name) == 1
        ):
            end = next((j for j, s in enumerate(forward) if isinstance(s, Append) and s.base == tape), None)
            if end is None or end < i or any(stmt.value.id in all_bound((s,)) for s in forward[i:end]):
                return forward
            moved = replaced((forward[end],), name, stmt.value)
            return [*forward[:i], *forward[i + 1 : end], *moved, *forward[end + 1 :]]
    return forward


def restored_variable(backward: list[Stmt], name: str) -> str | None:
    """The variable that the popped value is put back into, if nothing reads or binds that variable before."""
    before: set[str] = set()
    for stmt in backward[1:]:
        if isinstance(stmt, Assign) and stmt.value == Name(name):
            return stmt.target if stmt.target not in before else None
        before |= all_bound((stmt,)) | set().union(*(read(s) for s in statements((stmt,))))
    return None
