"""The notebooks that we ship run from top to bottom."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def private_jupyter(tmp_path, monkeypatch):
    """A person's own Jupyter settings are neither read nor written."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path):
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


PROMISES = {"01_first_gradient": first_gradient}


def _text(output):
    return output.get("text", "") + output.get("data", {}).get("text/plain", "")
