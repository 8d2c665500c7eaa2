"""Printing attempts: ``try`` statements that keep account of how far they came."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Apply, Attempt, Block, Clause, Const, If, Raise, Stmt
from zygote_nb.ir.text import show_except
from zygote_nb.ir.walk import all_bound, is_step, read, statements

if TYPE_CHECKING:
    from zygote_nb.backend.emit import Printer


def print_attempt(printer: Printer, stmt: Attempt, depth: int) -> None:
    """The steps follow one another unasked; what is asked of them later is counted."""
    asked = printer.asked
    counted = [n for n in (stmt.done, stmt.caught) if n in asked]
    if counted:
        printer.line(depth, f"{' = '.join(counted)} = 0", stmt.span.line)
    printer.line(depth, "try:", stmt.span.line)
    for step in stmt.body:
        print_step(printer, stmt, step, depth + 1, stmt.done in asked)
    for number, clause in enumerate(stmt.clauses, 1):
        print_clause(printer, clause, depth, f"{stmt.caught} = {number}" if stmt.caught in asked else "")
    if stmt.orelse:
        printer.line(depth, "else:")
        printer.block(stmt.orelse, depth + 1)


def print_step(printer: Printer, attempt: Attempt, step: Stmt, depth: int, counts: bool) -> None:
    if not is_step(attempt, step) or not isinstance(step, If):
        printer.stmt(step, depth)
        return
    printer.block(step.body, depth)
    match step.test:
        case Apply(args=(asked, Const(value=number))) if counts and asked.id == attempt.done:  # type: ignore[union-attr]
            printer.line(depth, f"{attempt.done} = {number}")


def print_clause(printer: Printer, clause: Clause, depth: int, outcome: str) -> None:
    """What stands after ``as`` is gone when Python leaves the clause; what is read later gets another name."""
    held = clause.error
    if held is not None and is_read_outside(held, printer, clause):
        held = unused("exception", printer.whole)
    printer.line(depth, show_except(replace(clause, error=held), printer.name_of))
    lines = [f"{clause.error} = {held}"] if held != clause.error else []
    lines += [outcome] if outcome and not any(isinstance(s, Raise) for s in clause.body[:1]) else []
    for line in lines or ([] if clause.body else ["pass"]):
        printer.line(depth + 1, line)
    printer.block(clause.body, depth + 1)


def names_asked(whole: Block) -> frozenset[str]:
    """The variables that are read, other than by the tests of steps on the way forward."""
    everything = list(statements(whole))
    steps = {id(s) for a in everything if isinstance(a, Attempt) for s in a.body if is_step(a, s)}
    return frozenset().union(*(read(s) for s in everything if id(s) not in steps))


def readers(whole: Block) -> Counter[str]:
    """How many statements read each variable."""
    return Counter(n for s in statements(whole) for n in read(s))


def is_read_outside(name: str, printer: Printer, clause: Clause) -> bool:
    return printer.readers[name] > sum(name in read(s) for s in statements(clause.body))


def unused(stem: str, whole: Block) -> str:
    taken, name, number = all_bound(whole), stem, 0
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name
