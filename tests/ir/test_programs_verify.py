"""The verifier on real programs: golden functions, whole programs, and what the random generator writes."""

import importlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.golden.functions import CASES
from tests.random_programs import seeded
from zygote_nb.driver.bound import bind
from zygote_nb.driver.derived import Derived, derive
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.ir.verify import verify, verify_calls, verify_generated
from zygote_nb.options import options

PROGRAMS = sorted(
    p.stem for p in (Path(__file__).parent.parent / "programs").glob("*.py") if not p.stem.startswith("test_")
)
SEEDS, FLOW_SEEDS = 60, 12
WHERE = [*(f"golden/{n}" for n in CASES), *(f"programs/{n}" for n in PROGRAMS), *(f"random/{s}" for s in range(SEEDS))]
WHERE += [f"flow/{s}" for s in range(FLOW_SEEDS)]


def call(where: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The function with its arguments."""
    kind, name = where.split("/")
    if kind == "golden":
        return CASES[name]
    if kind == "programs":
        program = importlib.import_module(f"tests.programs.{name}")
        return program.f, program.args(), {}
    drawn = seeded(int(name), flow=kind == "flow")
    return drawn.function(), drawn.arguments(), {}


@cache
def derived(where: str, value: bool = False) -> Derived:
    """With respect to everything, for the interpreter; refused programs are skipped."""
    f, args, kwargs = call(where)
    with options(backend="python"):
        bound = bind(f, args, kwargs)
        try:
            return derive(bound, (True,) * len(bound.values), value)
        except UnsupportedSyntaxError as refused:
            pytest.skip(f"refused: {refused}")


@pytest.mark.parametrize("where", WHERE)
def test_lowered(where: str) -> None:
    """As lowered, and with a name for each live range."""
    made = derived(where)
    for instance in made.program.instances.values():
        verify(instance.function)
        verify(made.derivation.base(instance), renamed=True)


@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("where", WHERE)
def test_generated(where: str, value: bool) -> None:
    """Without the value most of the forward sweep is dead code; with it, it is returned."""
    made = derived(where, value)
    for function in made.generated:
        verify_generated(function)
    verify_calls(made.generated)
