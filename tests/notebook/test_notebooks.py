"""The notebooks that we ship run from top to bottom."""

from pathlib import Path

import numpy as np
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def private_jupyter(tmp_path, monkeypatch):
    """A person's own Jupyter settings are neither read nor written."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path):
    import nbformat  # takes seconds, which only the process that runs notebooks needs to wait
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = {c.source: "".join(map(_text, c.outputs)) for c in notebook.cells if c.cell_type == "code"}
    PROMISES.get(path.stem, lambda shown: None)(shown)


def first_gradient(shown):
    assert "5.0" in shown["%grad f(10)"]
    assert "5 * d_out" in shown["%adjoint f(10)"]
    assert "agrees with finite differences" in shown["%grad -w x -v --check power(1.5, 4)"]
    accuracy = next(text for source, text in shown.items() if source.endswith("\naccuracy"))
    assert float(accuracy.removeprefix("np.float64(").removesuffix(")")) >= 0.95


def control_flow(shown):
    assert "for t in range(n)" in shown["%gradgraph rollout(theta, x0, 50)"]
    first, last = eval(shown_by(shown, "costs[0], costs[-1], theta"), {"array": tuple, "np": np})[:2]
    assert last < first
    assert "agrees with finite differences" in shown["%gradcheck rollout(theta, x0, 50)"]


def backward_pass(shown):
    assert "the gradient vanishes along the iterations" in shown["%nantrace chain(1.0, 40)"]
    assert "estimates" in shown["%gradprof walk(1.0, 1000)"]
    assert "ret" in shown["%adjoint --native line(10.0)"]


def debugging(shown):
    assert "square root" in shown["%nantrace length(v)"] or "no NaN" in shown["%nantrace length(v)"]
    assert "computes both branches" in shown["%nantrace entropy(p)"]
    assert "exp overflows" in shown["%nantrace log_sum(scores)"]
    assert "iteration" in shown["%nantrace inverse(2.0, 1.5, 20)"]
    assert "w has no influence" in shown["%grad -w w accuracy_like(0.7, np.array([0.2, 0.9, 1.4]))"]


def digits(shown):
    accuracy = shown_by(shown, "accuracy")
    assert float(accuracy.removeprefix("np.float64(").removesuffix(")")) >= 0.95


def differential_equation(shown):
    fitted, true, _ = eval(shown_by(shown, "fit.x, true_rates, fit.nit"), {"array": list, "np": np})
    assert fitted == pytest.approx(true, rel=0.02)


def custom_rules(shown):
    checks = [text for source, text in shown.items() if source.startswith("%gradcheck")]
    assert "agrees" in checks[0]
    assert "agrees" in shown["%gradcheck g(np.array([1.0, 2.0]))"]


PROMISES = {
    "01_first_gradient": first_gradient,
    "02_control_flow_and_mutation": control_flow,
    "03_the_backward_pass": backward_pass,
    "04_debugging_nans": debugging,
    "05_digits": digits,
    "06_differential_equation": differential_equation,
    "07_custom_rules": custom_rules,
}


def shown_by(shown, last):
    """The output of the cell that ends with this line."""
    return next(text for source, text in shown.items() if source.endswith(last))


def _text(output):
    return output.get("text", "") + output.get("data", {}).get("text/plain", "")
