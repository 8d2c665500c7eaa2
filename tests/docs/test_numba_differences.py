"""docs/internals/numba-differences.md, row by row: compiled gradients keep to Python and NumPy."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "internals" / "numba-differences.md"
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("expression", "arguments"), ROWS, ids=[e for e, _ in ROWS])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:overflow:RuntimeWarning")
def test_row(expression, arguments, tmp_path):
    f = function(expression, tmp_path / "row.py")
    args = eval(f"({arguments},)", {"np": np})
    plain = outcome(lambda: f(*args))
    for backend in ("auto", "numba", "python"):
        with zg.options(backend=backend):
            assert same(plain, outcome(lambda: zg.withgradient(f, *args).val)), backend


def function(expression, path):
    names = dict.fromkeys(re.findall(r"\b[abxynm]\b", expression))
    path.write_text(f"import math\nimport numpy as np\n\ndef f({', '.join(names)}):\n    return {expression}\n")
    spec = importlib.util.spec_from_file_location("row", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def outcome(call):
    """A value, the class of an exception, or None where compiling is refused, which promises nothing."""
    try:
        return call()
    except zg.CompileError:
        return None
    except Exception as error:
        return type(error)


def same(plain, ours):
    if ours is None or isinstance(plain, type):
        return ours is None or ours is plain
    rounding = 1e-6 if isinstance(plain, np.float32) else 1e-9
    return type(plain) is type(ours) and np.isclose(plain, ours, rtol=rounding, equal_nan=True)
