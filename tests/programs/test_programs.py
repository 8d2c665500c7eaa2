"""Every program in this directory through the oracle: one file each, with `f` and `args()`.

`COMPILES = False` says that compiling it, or its forward mode, is refused.
"""

import importlib
from pathlib import Path

import pytest

import zygote_nb as zg
from tests.modes import check_second
from tests.oracle import check

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("test_"))


@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str) -> None:
    """Interpreted here, compiled for a sample (all of them under ZYGOTE_NB_FULL=1)."""
    program = importlib.import_module(f"tests.programs.{name}")
    check(program.f, *program.args(), compiles=getattr(program, "COMPILES", True))


@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives(name: str) -> None:
    """The product of the Hessian with a vector against differences of the gradient, for every program."""
    program = importlib.import_module(f"tests.programs.{name}")
    with zg.options(backend="python"):
        check_second(program.f, program.args(), {}, zg.gradient(program.f, *program.args()), False)
