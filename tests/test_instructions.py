"""Gradients take no more instructions than they did: `python -m benchmarks.instructions` writes what is held to."""

import json

import pytest

from benchmarks import instructions

KEPT = json.loads(instructions.FILE.read_text())


def test_dump_is_read():
    dump = (
        "version: 1\ndesc: Timerange: Basic block 0 - 9\ndesc: Trigger: Client Request: lu\nevents: Ir\nsummary: 123\n"
    )
    assert instructions.found(dump) == ("lu", 123)


def test_figures_are_kept_of_all_that_is_counted():
    assert set(KEPT["instructions"]) == set(instructions.NAMES)


def test_gradients_take_no_more_instructions():
    if reason := instructions.why_not():
        pytest.skip(reason)
    if KEPT["made by"] != instructions.made_by():
        pytest.skip(f"the figures are those of {KEPT['made by']}")
    found = instructions.counted(instructions.NAMES)
    more = {name: round(n / KEPT["instructions"][name], 3) for name, n in found.items()}
    assert all(ratio <= instructions.TOLERANCE for ratio in more.values()), more
