"""The code of the how-to pages runs, cell by cell, as one module each."""

import importlib.util
import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "how-to").glob("*.md"))
CELL = re.compile(r"```\{code-cell\} python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_page(page, tmp_path):
    cells = CELL.findall(page.read_text())
    assert cells
    path = tmp_path / f"page_{page.stem.replace('-', '_')}.py"
    path.write_text("\n\n".join(cells))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
