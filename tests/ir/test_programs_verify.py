"""The verifier on real programs: golden functions, whole programs, and what the random generator writes."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.golden.functions import CASES
from tests.oracle import FULL
from tests.random_programs import seeded
from zygote_nb.driver.bound import bind
from zygote_nb.driver.derived import Derived, derive
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.ir.verify import verify, verify_calls, verify_generated
from zygote_nb.options import options

PROGRAMS = sorted(
    p.stem for p in (Path(__file__).parent.parent / "programs").glob("*.py") if not p.stem.startswith("test_")
)
SEEDS, FLOW_SEEDS = 60 if FULL else 30, 12
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


def derived(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], value: bool) -> Derived:
    """With respect to everything, for the interpreter; refused programs are skipped."""
    with options(backend="python"):
        bound = bind(f, args, kwargs)
        try:
            return derive(bound, (True,) * len(bound.values), value)
        except UnsupportedSyntaxError as refused:
            pytest.skip(f"refused: {refused}")


@pytest.mark.parametrize("where", WHERE)
def test_lowered_and_generated(where: str) -> None:
    """As lowered, with a name for each live range, and as generated.

    Without the value most of the forward sweep is dead code; with it, it is returned.
    """
    asked = call(where)
    for value in (False, True):
        made = derived(*asked, value)
        for instance in made.program.instances.values() if not value else ():
            verify(instance.function)
            verify(made.derivation.base(instance), renamed=True)
        for function in made.generated:
            verify_generated(function)
        verify_calls(made.generated)
