"""What is timed is right, at a length at which nobody waits; no time is taken here."""

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import zygote_nb as zg
from benchmarks import page, plots
from benchmarks.catalogue import KERNELS
from benchmarks.correct import require_close, require_right
from benchmarks.functions import require_equal
from benchmarks.hundred import hundred_lines
from benchmarks.kernels.functions import FUNCTIONS
from benchmarks.peers.arrays import FORMS
from benchmarks.peers.ported import PORTS
from benchmarks.peers.system import System, looped
from benchmarks.table import Row, rendered
from benchmarks.workloads import ALL, ROLLOUT, TWENTY_LINES, rollout_in_scalars
from tests.oracle import check


@pytest.mark.parametrize("workload", ALL, ids=lambda w: w.function.__name__)
def test_gradient_of_workload(workload):
    require_right(workload, 6, "python")


@pytest.mark.parametrize("name", KERNELS)
def test_gradient_of_kernel(name):
    require_right(KERNELS[name], 5, "python")


def put(array, index, value):
    changed = array.copy()
    changed[index] = value
    return changed


NUMPY = System(
    np=np,
    loop=looped,
    put=put,
    largest=lambda x, axis: np.max(x, axis=axis, keepdims=True),
    logsumexp=scipy.special.logsumexp,
    flip=np.flip,
    cholesky=np.linalg.cholesky,
    packed_lu=lambda a: scipy.linalg.lu_factor(a)[0],
    solve_lower=lambda a, b: scipy.linalg.solve_triangular(a, b, lower=True),
)


@pytest.mark.parametrize("name", KERNELS)
def test_form_for_other_systems_is_the_same_function(name):
    args = KERNELS[name].arguments(5)
    np.testing.assert_allclose(FORMS[name](NUMPY, *args), KERNELS[name].function(*args), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", PORTS)
def test_port_for_other_systems_is_the_same_function(name):
    args = KERNELS[name].arguments(5)
    np.testing.assert_allclose(PORTS[name](NUMPY, *args), KERNELS[name].function(*args), rtol=1e-12)


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


def test_derived_function_of_a_hundred_lines_is_right():
    check(hundred_lines, *TWENTY_LINES.arguments(12), compile=False)


def test_missed_target_shows_in_the_table():
    rows = [Row("slow", 3.0, 3.1, "s", 2.0), Row("quick", 1.0, 1.1, "s", 2.0), Row("free", 1.0)]
    assert [row.verdict for row in rows] == ["MISSED", "met", ""]
    assert "| slow  |    3.0 |".replace("3.0", "  3") in rendered(rows)


def test_row_without_a_figure_says_why():
    row = Row("heat_3d, against autograd", float("nan"), details="none: no assignment")
    assert row.verdict == ""
    assert "nan" not in rendered([row])


def test_lost_rows_have_reasons_and_there_are_pictures(tmp_path):
    rows = [
        Row("heat_3d", 3.0, unit="x primal"),
        Row("ADI, against hand", 2.0, unit="x hand", target=1.15),
        Row("heat_3d, against JAX", 0.5, unit="x JAX", target=1.0),
        Row("time of rollout ~ n^", 1.0, target=1.1, drawn=((10, 1e-6, 1e-7, 4096), (100, 1e-5, 1e-6, 8192))),
    ]
    text = page.appendix(rows, tmp_path)
    assert "ADI, against hand: 2 x hand, at most 1.15. By hand the pivots" in text
    assert [p.name for p in sorted(tmp_path.iterdir())] == sorted([plots.GRADIENT, plots.PEERS, plots.GROWTH])
    assert all(f"({name})" in text for name in (plots.GRADIENT, plots.PEERS, plots.GROWTH))
