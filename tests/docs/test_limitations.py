"""docs/limitations.md is true: what it says is refused is refused in these words, and the ways out work."""

import importlib.util
import re
from pathlib import Path

import pytest

import zygote_nb as zg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limitations.md"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:```text\n(.*?)\n```)?", re.DOTALL)
BLOCKS = BLOCK.findall(PAGE.read_text())


def run(code, path):
    """As a module, since the source of its functions is read."""
    path.write_text(f"import numpy as np\nimport zygote_nb as zg\n\n{code}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@pytest.mark.parametrize(("code", "said"), BLOCKS, ids=range(len(BLOCKS)))
def test_block(code, said, tmp_path):
    path = tmp_path / "page.py"
    if not said:
        run(code, path)
        return
    with pytest.raises(zg.ZygoteError) as caught:
        run(code, path)
    what = caught.value.what.replace(f"{tmp_path}/", "")
    assert f"{type(caught.value).__name__}: {what}" == said
    assert caught.value.hint
