"""Functions that the interpreter calls as compiled ones: a callee alone, or the two halves of one with a tape.

The text of each is the function with all that it calls, and an entry. That of a forward half hands Python a handle for
its tape, that of a backward half takes one. The records of functions that call themselves are in the handle as well.
"""

from __future__ import annotations

import operator
from typing import Any

from zygote_nb.backend.emit import Printer, with_tags
from zygote_nb.backend.handlers import without_attempts
from zygote_nb.backend.lowering import lowered
from zygote_nb.backend.module import Module
from zygote_nb.backend.nests import with_nests
from zygote_nb.backend.plan import NotCompiled, Plan, Text
from zygote_nb.backend.precision import with_casts
from zygote_nb.backend.recursion import Recursion, beginnings, reach, recursion, with_calls, with_parameters
from zygote_nb.backend.unset import asks, with_flags
from zygote_nb.backend.vectors import with_vector_functions
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Invoke, Name, Stmt, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Opaque
from zygote_nb.options import current
from zygote_nb.runtime import forms
from zygote_nb.runtime.calling import Called
from zygote_nb.runtime.handles import into_handle, out_of_handle

Functions = tuple[Generated, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What Python calls, and how."""

    function: Generated
    plan: Plan


def compiled_texts(module: Module, halves: Functions) -> tuple[Text, ...]:
    """For each of the halves its text as it is compiled; raises NotCompiled."""
    functions = without_attempts(reached_from(module, halves))
    needed = module.may_be_unset or any(map(asks, functions))
    flagged = tuple(map(with_flags, functions)) if needed else functions
    cast = with_casts(flagged)
    vectors = current().math == "vector" and cast is flagged
    inner, entries = with_entries(tuple(map(lowered, cast)), halves)
    # Nothing takes over from a backward half whose lengths turn out to differ: its array statements are left to Numba.
    written = tuple(with_nests(f, frozenset(), checks=not f.backward).function for f in inner)
    written = tuple(map(with_vector_functions, written)) if vectors else written
    texts = tuple(printed(entry, written) for entry in entries)
    for value in (v for text in texts for v in text.namespace.values() if may_give_up(v)):
        name = value.__name__.removeprefix("call_")
        raise NotCompiled(f"it calls `{name}` of Python's, and nothing takes over from a backward half that gives up")
    return texts


def may_give_up(value: Any) -> bool:
    """Whether it is a function that leaves to the interpreter what it did not expect."""
    return isinstance(value, Called) or getattr(value, "__module__", None) == forms.__name__


def interpreted_texts(module: Module, halves: Functions) -> tuple[Text, ...]:
    """The same for the interpreter, in case that it has to go on from a handle."""
    inner, entries = with_entries(reached_from(module, halves), halves)
    return tuple(printed(entry, inner) for entry in entries)


def reached_from(module: Module, halves: Functions) -> Functions:
    by_name = {f.name: f for f in module.functions}
    wanted = {f.name for f in halves}.union(*(reach(f.name, by_name) for f in halves))
    return tuple(f for f in module.functions if f.name in wanted)


def with_entries(functions: Functions, halves: Functions) -> tuple[Functions, tuple[Entry, ...]]:
    """The functions as they call each other, and an entry for each of the halves, the forward one first."""
    entries = tuple(map(entry_of, halves))
    told = recursion((*functions, *entries))
    inner = tuple(with_parameters(f, told) for f in functions)
    lists = tuple(n for n in told.needs[entries[0].name] if n != told.room)
    return inner, tuple(crossing(e, f, lists, told) for e, f in zip(entries, halves, strict=True))


def entry_of(f: Generated) -> Generated:
    """A function that calls a function with the same arguments."""
    taken = set(f.params)
    stems = [r.id if isinstance(r, Name) else "tape" if i == f.bundled else "out" for i, r in enumerate(f.results)]
    targets = tuple(fresh(stem, taken) for stem in stems)
    kinds = tuple(r.kind for r in f.results)
    call = Invoke(targets, f.name, tuple(Name(p, Opaque()) for p in f.params), kinds)
    results = tuple(Name(n, k) for n, k in zip(targets, kinds, strict=True))
    return Generated(f"{f.name}_entry", f.params, (call,), (), results, frozenset(), f.source)


def fresh(stem: str, taken: set[str]) -> str:
    name = next(n for i in range(len(taken) + 1) if (n := f"{stem}{i or ''}") not in taken)
    taken.add(name)
    return name


def crossing(entry: Generated, f: Generated, lists: tuple[str, ...], told: Recursion) -> Entry:
    """The entry with a handle where the function has its tape; ``lists`` are the records that go with it."""
    needs, params, results = told.needs[entry.name], entry.params, entry.results
    opening: list[Stmt] = []
    made_here = [n for n in needs if n != told.room]
    if f.bundled is not None:
        handle = Apply(into_handle, (with_records(results[f.bundled], lists),), (), INT)
        results = tuple(handle if i == f.bundled else r for i, r in enumerate(results))
    elif f.tape is not None:
        taken = {*params, *needs}
        handle = Name(fresh("handle", taken), INT)
        opening = found(handle, f.tape, lists, taken)
        params = tuple(handle.id if p == f.tape else p for p in params)
        made_here = [n for n in made_here if n not in lists]
    room = (told.room,) if told.room in needs else ()
    forward = (*opening, *beginnings(tuple(made_here), told), *with_calls(entry, told).forward)
    changed = replace(entry, params=(*params, *room), forward=forward, results=results)
    return Entry(changed, Plan(entry.name, params, ("stack_room()",) * len(room), (None,) * len(results)))


def with_records(tape: Expr, lists: tuple[str, ...]) -> Expr:
    return Tuple((tape, *(Name(n, Opaque()) for n in lists))) if lists else tape


def found(handle: Name, tape: str, lists: tuple[str, ...], taken: set[str]) -> list[Stmt]:
    """Statements that take the tape, and the records that go with it, out of a handle."""
    held = Apply(out_of_handle, (handle,), (), Opaque())
    if not lists:
        return [Assign(tape, held)]
    whole = Name(fresh("held", taken), Opaque())
    parts = [Apply(operator.getitem, (whole, Const(i, INT)), (), Opaque()) for i in range(1 + len(lists))]
    return [Assign(whole.id, held), *(Assign(n, p) for n, p in zip((tape, *lists), parts, strict=True))]


def printed(entry: Entry, functions: Functions) -> Text:
    """The text of an entry and of the functions that it reaches."""
    reached = reach(entry.function.name, {f.name: f for f in (*functions, entry.function)})
    used = (*(f for f in functions if f.name in reached), entry.function)
    printer = Printer(defined=frozenset(f.name for f in used))
    for f in used:
        printer.generated(f)
    source = "\n".join(with_tags(printer.lines)) + "\n"
    return Text(source, printer.namespace, tuple(f.name for f in used), entry.plan, apart=False)
