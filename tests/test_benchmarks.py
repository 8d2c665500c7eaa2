"""What is timed is right, at a length at which nobody waits; no time is taken here."""

import pytest

import zygote_nb as zg
from benchmarks.catalogue import KERNELS
from benchmarks.correct import require_close, require_right
from benchmarks.functions import require_equal
from benchmarks.kernels.functions import FUNCTIONS
from benchmarks.table import Row, rendered
from benchmarks.workloads import ALL, ROLLOUT, rollout_in_scalars


@pytest.mark.parametrize("workload", ALL, ids=lambda w: w.function.__name__)
def test_gradient_of_workload(workload):
    require_right(workload, 6, "python")


@pytest.mark.parametrize("name", KERNELS)
def test_gradient_of_kernel(name):
    require_right(KERNELS[name], 5, "python")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient_of_function(name):
    function = FUNCTIONS[name]
    args = function.arguments(30)
    require_equal(name, zg.grad(function.loss, tuple(range(function.active)))(*args), function.by_hand(*args))


@pytest.mark.parametrize("workload", [ROLLOUT], ids=["rollout"])
def test_compiled_gradient_of_workload(workload):
    require_right(workload, 6, "numba")


def test_rollout_in_scalars_is_the_same_adjoint():
    args = ROLLOUT.arguments(20)
    require_close(ROLLOUT, rollout_in_scalars(*args), ROLLOUT.by_hand(*args))


def test_wrong_gradient_is_not_timed():
    with pytest.raises(AssertionError, match="rollout"):
        require_close(ROLLOUT, (1.0,), (1.001,))


def test_missed_target_shows_in_the_table():
    rows = [Row("slow", 3.0, 3.1, "s", 2.0), Row("quick", 1.0, 1.1, "s", 2.0), Row("free", 1.0)]
    assert [row.verdict for row in rows] == ["MISSED", "met", ""]
    assert "| slow  |    3.0 |".replace("3.0", "  3") in rendered(rows)
