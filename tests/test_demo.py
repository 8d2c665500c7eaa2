"""`python -m zygote_nb`, the main job."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def printed():
    pytest.importorskip("sklearn")
    done = subprocess.run([sys.executable, "-m", "zygote_nb"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_generated_code_is_shown(printed):
    assert "def loss_adjoint(W1, b1, W2, b2, X, Y, d_out):" in printed
    assert "d_X" not in printed


def test_gradient_is_checked_against_differences(printed):
    rows = [line.split() for line in printed.splitlines() if " difference " in line]
    assert len(rows) == 8
    assert all(abs(float(row[-3]) - float(row[-1])) < 1e-7 for row in rows)


def test_loss_falls(printed):
    losses = [float(line.split()[-1]) for line in printed.splitlines() if line.startswith("epoch")]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.1 * losses[0]


def test_accuracy_is_at_least_95_percent(printed):
    line = next(line for line in printed.splitlines() if line.startswith("accuracy"))
    assert float(line.split()[-1].rstrip("%")) >= 95


def test_where_to_go_next(printed):
    assert "jupyter lab notebooks/" in printed.splitlines()[-1]


def test_without_scikit_learn_one_sentence_says_so():
    blocked = "import sys, runpy; sys.modules['sklearn'] = None; runpy.run_module('zygote_nb', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "pip install scikit-learn" in done.stderr
    assert "Traceback" not in done.stderr
