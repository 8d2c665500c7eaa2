"""Derivations on disk: what a call needs to run machine code that another process made, without deriving anything.

A record is found by the function's code, the kinds and types of its arguments, and the options. It lists all that the
derivation read beside these, and is used only if that is the same now.
"""

from __future__ import annotations

from typing import Any

from zygote_nb.backend import cache, executable
from zygote_nb.backend.executable import Executable
from zygote_nb.backend.fingerprint import Unstable, digest, fingerprint
from zygote_nb.backend.plan import Plan
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.driver.bound import Bound, same_identities
from zygote_nb.driver.contest import Contest
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.values import KindReader, flatten
from zygote_nb.frontend.free import Path, read
from zygote_nb.frontend.layout import Dependency, Layout
from zygote_nb.ir.kinds import Kind, ObjectOf, parts_of
from zygote_nb.options import current
from zygote_nb.rules import registry

Expected = tuple[Path, bool, str]
"""A path, whether only the layout matters of what it leads to, and the fingerprint."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept.

    ``types`` are those of the arguments of machine code that ``machine`` made.
    """

    facts: Facts
    dependencies: tuple[Expected, ...]
    types: Signature
    plan: Plan
    machine: str
    code: str


def is_used() -> bool:
    """Whether the options allow it. Rules of the user's own are not in the keys, so that nothing is kept with them."""
    settings = current()
    return settings.cache and settings.backend != "python" and registry.version() == 0 and cache.is_enabled()


def recall(bound: Bound, question: Question) -> Ready | None:
    """What an earlier process kept for this call, if it is still true."""
    if not is_used():
        return None
    try:
        record = cache.recall(key_of(bound, question))
        return of_record(record, bound, question) if isinstance(record, Record) else None
    except (Unstable, LookupError, ValueError, AttributeError, TypeError):
        return None


def of_record(record: Record, bound: Bound, question: Question) -> Ready | None:
    dependencies = unchanged(record.dependencies, record.facts, bound)
    types = types_of(bound, record.facts)
    if (
        dependencies is None
        or types is None
        or record.machine != cache.machine()
        or record.types[: len(types)] != types
    ):
        return None
    found = executable.again(record.code, record.plan)
    if found is None:
        return None
    won = Contest(compiled_wins=True)
    return Ready(question, record.facts, dependencies, None, {record.types: found}, contest=won)


def unchanged(expected: tuple[Expected, ...], facts: Facts, bound: Bound) -> tuple[Dependency, ...] | None:
    """What the paths lead to, if it is what they led to."""
    found = []
    for path, by_layout, text in expected:
        value = read(path, bound.function, bound.values)
        value = Layout.of(value) if by_layout else value
        if fingerprint(value) != text:
            return None
        found.append(Dependency(path, value))
    return tuple(found) if same_identities(facts.ways, bound) else None


def keep(bound: Bound, ready: Ready, types: Signature, made: Executable) -> None:
    """Write a record for other processes, if there is one."""
    if made.key is not None:
        found = record_of(bound, ready, types, made.plan, made.key)
        if found is not None:
            cache.keep(*found)


def record_of(bound: Bound, ready: Ready, types: Signature, plan: Plan, code: str) -> tuple[str, Record] | None:
    """A record with its key, if other processes can tell apart everything that the derivation depends on."""
    try:
        found = expected(bound, ready)
        if found is None:
            return None
        return key_of(bound, ready.question), Record(ready.facts, found, types, plan, cache.machine(), code)
    except Unstable:
        return None


def expected(bound: Bound, ready: Ready) -> tuple[Expected, ...] | None:
    """What a derivation depends on; None if it is of this process only. Raises Unstable."""
    facts = ready.facts
    if not is_used() or facts.outside or facts.captured or ready.question.params is not None:
        return None
    if any(map(is_numbered, parts_of(facts.result_kind))):
        return None
    return tuple((d.path, isinstance(d.value, Layout), fingerprint(d.value)) for d in ready.dependencies)


def is_numbered(kind: Kind) -> bool:
    """Whether objects in a result are told by numbers of their classes, which are others in every process."""
    from zygote_nb.driver.columns import is_in_columns
    from zygote_nb.frontend.heap import POOLED
    from zygote_nb.frontend.oneof import OneOf

    return isinstance(kind, ObjectOf) and (is_in_columns(kind) or kind.cls is OneOf or kind.note == POOLED)


def key_of(bound: Bound, question: Question) -> str:
    """The code of the function, kinds and types of the arguments, the question, the options; raises Unstable."""
    settings = fingerprint(replace(current(), backend="auto", cache=True))
    types = signature(tuple(leaves(bound)))
    if types is None:
        raise Unstable("arguments that are not compiled for")
    own = fingerprint(bound.plain)
    return digest(cache.versions(), own, fingerprint(bound.kinds), *types, fingerprint(question), settings)


def leaves(bound: Bound) -> list[Any]:
    out: list[Any] = []
    for kind, value in zip(bound.kinds, bound.values, strict=True):
        flatten(kind, value, out)
    return out


def types_of(bound: Bound, facts: Facts) -> Signature | None:
    """The types of all leaves, free variables included; None if a free variable's kind is not what it was."""
    found = leaves(bound)
    reader = KindReader(dict(bound.reader.labels))
    for variable in facts.free:
        value = read(variable.path, bound.function, bound.values)
        if reader.kind_of(value) != variable.kind:
            return None
        flatten(variable.kind, value, found)
    return signature(tuple(found))
