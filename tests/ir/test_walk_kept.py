"""What is found out about a node is kept with it, and is what a walk finds."""

import importlib
from collections.abc import Iterator

import pytest

import zygote_nb as zg
from tests.lowered import stages
from tests.programs.test_programs import NAMES
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import NOWHERE, Accumulate, Append, Apply, Assign, If, Name, Pop, Stmt, Tuple
from zygote_nb.ir.kinds import BOOL, FLOAT
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    expressions,
    names,
    read,
    rebuild,
    statements,
    subexpressions,
    substitute,
)

X, Y = Name("x", FLOAT), Name("y", FLOAT)


def names_found(stmt: Stmt) -> set[str]:
    """By a walk of its own."""
    found = {e.id for whole in expressions(stmt) for e in subexpressions(whole) if isinstance(e, Name)}
    if isinstance(stmt, Accumulate):
        found.add(stmt.target)
    return found | ({stmt.base} if isinstance(stmt, Append | Pop) else set())


def nested(stmt: Stmt) -> Iterator[Stmt]:
    yield stmt
    for block in blocks(stmt):
        for inner in block:
            yield from nested(inner)


@pytest.mark.parametrize("name", NAMES[::6])
def test_names_of_generated_programs(name: str) -> None:
    program = importlib.import_module(f"tests.programs.{name}")
    with zg.options(backend="python"):
        made = stages(program.f, *program.args())
    block = (*made.forward, *made.backward)
    every = [s for stmt in block for s in nested(stmt)]
    assert list(map(id, statements(block))) == list(map(id, every))
    for _ in range(2):
        assert all_read(block) == set().union(*map(names_found, every))
        assert all_bound(block) == {n for s in every for n in bound(s)}
        assert all(read(s) == names_found(s) for s in every)
        assert all(all_read((s,)) == set().union(*map(names_found, nested(s))) for s in every)


def test_a_changed_copy_has_names_of_its_own() -> None:
    total = Apply(max, (X, X), (), FLOAT)
    assert names(total) == {"x"}
    assert names(replace(total, args=(X, Y))) == {"x", "y"}
    stmt = If(X, (Assign("z", total),), (), NOWHERE)
    assert (all_bound((stmt,)), all_read((stmt,))) == ({"z"}, {"x"})
    other = replace(stmt, body=(Assign("w", Y),))
    assert (all_bound((other,)), all_read((other,))) == ({"w"}, {"x", "y"})


def test_what_is_given_out_may_be_changed() -> None:
    stmt = If(X, (Assign("z", Y),), (), NOWHERE)
    for find in (all_bound, all_read):
        before = set(find((stmt,)))
        find((stmt,)).add("new")
        assert find((stmt,)) == before


def test_rebuilding_keeps_what_does_not_change_and_takes_what_differs_in_kind_only() -> None:
    pair = Tuple((Apply(max, (X, Y), (), FLOAT), X))
    assert rebuild(pair, lambda e: e) is pair
    assert substitute(pair, {"z": X}) is pair
    other = rebuild(pair, lambda e: replace(e, kind=BOOL) if e == X else e)
    assert other == pair
    assert other.items[1].kind == BOOL
    assert substitute(pair, {"x": Y}) == Tuple((Apply(max, (Y, Y), (), FLOAT), Y))
