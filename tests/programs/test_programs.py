"""Every program in this directory through the oracle: one file each, with `f` and `args()`.

`COMPILES = False` and `SECOND = False` say what is refused: compiling it, or its forward mode; its second derivative.
"""

import importlib
from pathlib import Path

import pytest

from tests.oracle import check

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("test_"))


@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str) -> None:
    """Interpreted here, compiled for a sample (all of them under ZYGOTE_NB_FULL=1)."""
    program = importlib.import_module(f"tests.programs.{name}")
    compiles, second = getattr(program, "COMPILES", True), getattr(program, "SECOND", None)
    check(program.f, *program.args(), compiles=compiles, second=second)
