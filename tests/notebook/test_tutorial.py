"""The page about notebooks runs, cell by cell, and says what is true."""

import re
from pathlib import Path

import pytest

import zygote_nb as zg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "notebook.md"
CELL = re.compile(r"```\{code-cell\} python\n(.*?)```", re.DOTALL)


def test_every_cell_does_what_the_page_says(cell):
    results = []
    for text in CELL.findall(PAGE.read_text("utf-8")):
        tagged, _, code = text.partition("\n")
        if not tagged.startswith(":tags: [raises-exception]"):
            results.append(cell(text))
            continue
        with pytest.raises(zg.ZygoteError, match="line 5"):
            cell(code)
    shown = "\n\n".join(map(repr, results))
    for part in ("d a", "agrees with finite differences", "backward pass", "pullback graph of oscillator",
                 "usual remedy", "y has no influence", "explorer of oscillator"):  # fmt: skip
        assert part in shown
