"""Which variables of the notebook a cell is differentiated by."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from IPython.core.error import UsageError

from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.cell.kin import Kin
from zygote_nb.notebook.cell.names import binds, flow, reads, root, writes
from zygote_nb.notebook.cell.statements import result_of
from zygote_nb.notebook.cell.values import global_readers, holds_object, is_float

__all__ = ["all_bound", "candidates", "checked", "first_that_reads", "in_order", "read_elsewhere"]


def read_elsewhere(body: Sequence[ast.stmt], namespace: Mapping[str, Any]) -> dict[str, str]:
    """Float variables that functions called by the cell read as globals: a parameter would miss that part."""
    readers = global_readers(frozenset().union(*map(reads, body)), namespace)
    return {name: fn for name, fn in readers.items() if is_float(namespace.get(name))}


def candidates(
    body: Sequence[ast.stmt], namespace: Mapping[str, Any], aside: Mapping[str, str], related: Kin
) -> tuple[str, ...]:
    """All float variables that the loss of `body` may depend on, by first appearance."""
    names = flow(body).free & _influences(body, namespace, related)
    return in_order(body, {n for n in names if n not in aside and is_float(namespace.get(n))})


def checked(
    wanted: Sequence[str], body: Sequence[ast.stmt], namespace: Mapping[str, Any], aside: Mapping[str, str]
) -> tuple[str, ...]:
    """The names that a person asked for, or one line that says why one of them has no gradient."""
    read, bound = flow(body).free, all_bound(body)
    start = first_that_reads(body, wanted)
    for name in wanted:
        if name in aside:
            raise UsageError(f"{name} has no gradient here: {aside[name]} reads it as a global; pass it as an argument")
        if name not in read and name in bound and name not in all_bound(body[:start]):
            raise UsageError(f"{name} has no gradient here: the cell computes it from what is differentiated")
        if name in read and name not in namespace and name not in all_bound(body[:start]):
            raise UsageError(f"{name} has no gradient here: there is no such variable")
        if name not in read and name not in bound:
            known = "the cell does not read it" if name in namespace else "there is no such variable"
            raise UsageError(f"{name} has no gradient here: {known}")
    return tuple(dict.fromkeys(wanted))


def first_that_reads(body: Sequence[ast.stmt], names: Iterable[str]) -> int:
    """Index of the first statement that involves one of `names`; the last one makes the loss and is never skipped."""
    wanted = set(names)
    return next((i for i, s in enumerate(body[:-1]) if wanted & (reads(s) | writes(s))), len(body) - 1)


def all_bound(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names that some statement of `body` may bind."""
    return frozenset().union(*map(binds, body))


def in_order(body: Sequence[ast.stmt], names: Iterable[str]) -> tuple[str, ...]:
    """`names` by first appearance in the text."""
    found = {n.id: (n.lineno, n.col_offset) for s in reversed(body) for n in walk(s) if isinstance(n, ast.Name)}
    for statement in body:
        for node in walk(statement):
            if isinstance(node, ast.Name):
                found[node.id] = min(found[node.id], (node.lineno, node.col_offset))
    return tuple(sorted(names, key=lambda name: found.get(name, (0, 0))))


def _influences(body: Sequence[ast.stmt], namespace: Mapping[str, Any], related: Kin) -> frozenset[str]:
    """Names that the loss may depend on, by following the statements backward."""
    found = set(reads(loss)) if (loss := result_of(body[-1])) else set()
    size = -1
    while size != len(found):
        size = len(found)
        for statement in reversed(body):
            changed = writes(statement) | _handed(statement, namespace)
            changed = changed.union(*(related.get(name, ()) for name in changed))
            if found & (binds(statement) | changed) or _may_view(statement, found):
                found |= reads(statement) | binds(statement)
    return frozenset(found)


def _handed(statement: ast.stmt, namespace: Mapping[str, Any]) -> frozenset[str]:
    """Objects that a call in the statement may change."""
    if not any(isinstance(n, ast.Call) for n in walk(statement)):
        return frozenset()
    return frozenset(n for n in reads(statement) if holds_object(namespace.get(n)))


def _may_view(statement: ast.stmt, found: set[str]) -> bool:
    """`v = x[1:]` lets a later write to v reach x."""
    match statement:
        case ast.Assign(value=ast.Name() | ast.Subscript() | ast.Attribute() | ast.Call() as value):
            return root(value) in found
        case _:
            return False
