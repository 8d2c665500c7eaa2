"""The text of generated derivatives, kept and read; `pytest --refresh-goldens` writes it anew."""

import difflib
from pathlib import Path

import pytest

import zygote_nb as zg
from tests.golden.functions import CASES
from tests.oracle import check

HERE = Path(__file__).parent
FLAT = {"constant"}


@pytest.mark.parametrize("name", CASES)
def test_text(name: str, refresh_goldens: bool) -> None:
    """Compare `code_adjoint` with the file of that name."""
    f, args, kwargs = CASES[name]
    text = str(zg.code_adjoint(f, *args, **kwargs).source).rstrip() + "\n"
    path = HERE / f"{name}.txt"
    if refresh_goldens:
        path.write_text(text)
    assert path.exists(), "no golden text: pytest --refresh-goldens"
    kept = path.read_text()
    changed = "\n".join(difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "generated", lineterm=""))
    assert text == kept, f"{name} reads differently:\n{changed}"


@pytest.mark.parametrize("name", CASES)
def test_numbers(name: str) -> None:
    """What reads well must be right too."""
    f, args, kwargs = CASES[name]
    check(f, *args, kwargs=kwargs, flat=name in FLAT)


def test_every_kept_text_has_a_function() -> None:
    """No text outlives its function."""
    assert {p.stem for p in HERE.glob("*.txt")} <= set(CASES)
