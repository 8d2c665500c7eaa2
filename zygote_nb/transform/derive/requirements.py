"""Before the first read of a variable that may be unset there, its value is required: Python then raises."""

from __future__ import annotations

from collections.abc import Mapping

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import Apply, Attempt, Block, Effect, For, Function, If, Name, Span, Stmt, in_steps
from zygote_nb.ir.kinds import Kind, Opaque
from zygote_nb.ir.walk import blocks, bound, is_step, names, read, step_blocks, with_blocks
from zygote_nb.runtime import indexing


def with_requirements(function: Function, users: frozenset[str], kinds: Mapping[str, Kind]) -> Function:
    """``users`` are the names of the user's own variables: what the lowering adds is always set."""
    requirements = Requirements(users, kinds)
    body, known = requirements.block(function.body, {p.name for p in function.params})
    missing = {n for r in function.result for n in names(r)} - known
    last = tuple(requirements.required(n, function.exit) for n in sorted(missing) if n in users)
    return replace(function, body=(*body, *last))


@dataclass(frozen=True, slots=True)
class Requirements:
    """Each method returns what it made of a block or a statement, and what is surely set afterwards."""

    users: frozenset[str]
    kinds: Mapping[str, Kind]

    def required(self, name: str, span: Span) -> Effect:
        variable = Name(name, self.kinds[name]) if name in self.kinds else Name(name)
        return Effect(Apply(indexing.require, (variable,), (), Opaque()), span)

    def block(self, block: Block, known: set[str]) -> tuple[Block, set[str]]:
        out: list[Stmt] = []
        for stmt in block:
            doubtful = {n for n in read(stmt) - known if n.rstrip("0123456789") in self.users or n in self.users}
            out += [self.required(n, stmt.span) for n in sorted(doubtful)]
            new, known = self.stmt(stmt, known | doubtful)
            out.append(new)
        return tuple(out), known

    def stmt(self, stmt: Stmt, known: set[str]) -> tuple[Stmt, set[str]]:
        match stmt:
            case Attempt():
                return self.attempt(stmt, known | set(bound(stmt)))
            case If():
                body, after_body = self.block(stmt.body, set(known))
                orelse, after_orelse = self.block(stmt.orelse, set(known))
                return replace(stmt, body=body, orelse=orelse), known | (after_body & after_orelse)
        entry = known | {stmt.var} if isinstance(stmt, For) else known
        inner = tuple(self.block(b, set(entry))[0] for b in blocks(stmt))
        return with_blocks(stmt, inner), known | set(bound(stmt))

    def attempt(self, stmt: Attempt, known: set[str]) -> tuple[Stmt, set[str]]:
        end, pieces = set(known), []
        for inner in step_blocks(stmt):
            piece, end = self.block(inner, end)
            pieces.append(piece)
        in_pieces = all(is_step(stmt, s) for s in stmt.body)
        body = in_steps([p for piece in pieces for p in apart(piece)], stmt.caught, stmt.done)
        orelse, end = self.block(stmt.orelse, end)
        clauses = [self.block(c.body, set(known)) for c in stmt.clauses]
        body = body if in_pieces else tuple(s for piece in pieces for s in piece)
        new = with_blocks(stmt, (body, orelse, *(b for b, _ in clauses)))
        return new, end.intersection(*(after for _, after in clauses))


def apart(step: Block) -> list[Block]:
    """A step in pieces, so that a requirement, which may raise, is the first statement of each."""
    starts = [0, *(i for i in range(1, len(step)) if is_requirement(step[i]) and not is_requirement(step[i - 1]))]
    return [step[a:b] for a, b in zip(starts, [*starts[1:], len(step)], strict=True)]


def is_requirement(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and isinstance(stmt.value, Apply) and stmt.value.fn is indexing.require
