"""Every program in this directory through the oracle: one file each, with `f` and `args()`."""

import importlib
from pathlib import Path

import pytest

from tests.oracle import check

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("test_"))


@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str) -> None:
    """Interpreted here, compiled for a sample (all of them under ZYGOTE_NB_FULL=1)."""
    program = importlib.import_module(f"tests.programs.{name}")
    check(program.f, *program.args(), compiles=getattr(program, "COMPILES", True))
