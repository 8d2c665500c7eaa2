"""Every public function of the modules is differentiable, declared constant, or refused with a reason."""

import re
import subprocess
import sys
from importlib import import_module, util
from pathlib import Path

import numpy as np
import pytest
import scipy

import zygote_nb as zg
from zygote_nb.rules import library, registry

DOCS = Path(__file__).resolve().parents[2] / "docs"


def written_by(name):
    """The module of the documentation that writes a page."""
    spec = util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = written_by("functions_table")
library.load()
CLASSES = {"lowered", "reverse", "pullback", "elementwise", "constant", "refused", "called"}


@pytest.mark.parametrize("module", TABLE.MODULES)
def test_every_function_is_in_one_of_three_classes(module):
    functions = TABLE.functions_of(import_module(module))
    library.load()
    unknown = [name for name, fn in functions if registry.lookup(fn) is None]
    assert not unknown


def test_every_method_of_arrays_is_in_one_of_three_classes():
    assert not [name for name, fn in TABLE.methods() if registry.lookup(fn) is None]


def test_every_refusal_has_a_reason():
    for rule in registry.registered():
        assert rule.form in CLASSES
        assert bool(rule.reason) >= (rule.form == "refused")


def test_the_page_of_functions_is_true():
    """Refreshed by ``python docs/functions_table.py``; other versions of NumPy have other functions."""
    written, now = TABLE.PAGE.read_text(), TABLE.page()
    if np.__version__.startswith("2.4"):
        assert written == now


def test_the_page_of_what_is_refused_is_true():
    """Refreshed by ``python docs/refused_table.py``."""
    # In a process of its own, in which no other test has defined rules.
    code = "import runpy; print(runpy.run_path('docs/refused_table.py')['page'](), end='')"
    now = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DOCS.parent
    ).stdout
    written = (DOCS / "reference" / "refused.md").read_text()
    if np.__version__.startswith("2.4") and scipy.__version__.startswith("1.17"):
        assert written == now


def test_a_refused_function_is_refused_with_its_reason():
    def f(x):
        return np.load("x.npy") * x

    with pytest.raises(zg.NoRuleError, match=r"`np.load` is not differentiated: it reads or writes a file") as caught:
        zg.gradient(f, 1.0)
    assert "np.load" in str(caught.value)
    assert "zg.rrule" in caught.value.hint


def test_a_method_that_is_refused_says_why():
    with pytest.raises(zg.NoRuleError, match=r"`.tobytes` is not differentiated: it hands out"):
        zg.gradient(lambda x: x.tobytes(), np.ones(2))


def test_the_nearest_known_function_is_named():
    what, hint = registry.why_not(np.char.add)
    assert "neither a derivative rule" in what
    assert hint.startswith("`np.add` has one")


def test_a_rule_takes_the_place_of_a_refusal():
    code = "import numpy as np, zygote_nb as zg\nzg.non_differentiable(np.save)\nprint(zg.which(np.save))"

    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "save: declared constant\n"


def cases():
    """The functions that the tables of cases call."""
    found = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for case in getattr(import_module(f"tests.rules.{path.stem}"), "CASES", ()):
            found.add(case.values[0][0])
    return found


def test_every_rule_that_is_not_elementwise_has_a_case():
    called = {registry.lookup(fn) for fn in cases()}
    old = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for rule in registry.registered():
        helper = str(getattr(rule.fn, "__module__", "")).startswith("zygote_nb.runtime.")
        if rule.form == "pullback" and rule.built_in and rule not in called and not helper and not rule.reason:
            name = registry.name_of(rule.fn).rpartition(".")[2]
            assert re.search(rf"""[."]{name}\b""", old), rule


def test_a_first_gradient_does_not_import_scipy():
    code = """
import sys, types, linecache
import numpy as np, zygote_nb as zg
text = "def f(x):\\n    return np.sum(np.exp(x) / np.linalg.norm(x))\\n"
linecache.cache["<f>"] = (len(text), None, text.splitlines(True), "<f>")
scope = {"np": np}
exec(compile(text, "<f>", "exec"), scope)
with zg.options(backend="python"):
    zg.gradient(scope["f"], np.ones(3))
print("scipy" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_rules_are_built_in_whoever_imports_their_module():
    """Those that a collector of doctests had imported were taken for a user's, and their settings not looked at."""
    program = """
import numpy as np
import zygote_nb.rules.scipy.linalg
from scipy import linalg
from zygote_nb.rules import library, registry
library.load()
print(registry.lookup(linalg.fractional_matrix_power).built_in, registry.lookup(linalg.inv).built_in)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_what_the_frontend_writes_with_other_functions_is_not_listed_as_refused():
    from zygote_nb.frontend.builtin_calls import CALLS
    from zygote_nb.frontend.several import SEVERAL

    refused = [fn for fn in (*CALLS, *SEVERAL) if (rule := registry.lookup(fn)) and rule.form == "refused"]
    assert not refused


def test_no_reason_is_that_nobody_wrote_it():
    unwritten = [registry.name_of(r.fn) for r in registry.registered() if "not been written" in r.reason]
    assert not unwritten
