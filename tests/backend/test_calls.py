"""Functions without a compiled form are called by compiled code as the interpreter calls them."""

import resource
import subprocess
import sys

import numpy as np
import pytest
from scipy import special

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.5, -1.0, 0.05, 2.0])
A = np.abs(np.sin(np.arange(1.0, 13.0))).reshape(4, 3) + 0.1


def smoothed(x, k):
    s = 0.0
    for i in range(len(x)):
        y = np.convolve(x, k, mode="same")
        s += y[i] * np.interp(x[i], np.linspace(-2.0, 3.0, 5), y[:1] * np.arange(5))
    return s


def factored(A):
    q, r = np.linalg.qr(A, mode="reduced")
    s = 0.0
    for i in range(3):
        s += q[i, 0] * r[i, i] ** 2
    return s + np.linalg.slogdet(A.T @ A)[1]


def ordered(x):
    order = np.argsort(x, kind="stable")
    s = 0.0
    for i in range(len(x)):
        s += x[order[i]] * i + np.sort(x)[i] ** 2
    return s


def special_function(x):
    s = 0.0
    for i in range(len(x)):
        s += special.erfcx(x[i]) * special.gammaln(abs(x[i]) + 1.0)
    return s


def through_a_view(x):
    y = x.copy()
    np.squeeze(y.reshape(1, 4), 0)[1] = x[0] ** 2
    np.rollaxis(y.reshape(2, 2), 1)[0, 1] *= x[3]
    s = 0.0
    for i in range(4):
        s += y[i] * y[i]
    return s


def at_mixed_indices(A, rows):
    B = A.copy()
    B[rows, 1:] = A[rows, :2] ** 2
    B[:, np.array([[0, 1], [2, 2]])] *= 1.5
    s = 0.0
    for i in range(len(A)):
        s += B[i, 0] * B[i, 2]
    return s + np.sum(A[rows, None, ::2] ** 2) + np.sum(B[..., rows - 1])


def filtered(x):
    z = np.fft.fft(x) * np.exp(-0.1j * np.arange(len(x)))
    s = 0.0
    for k in range(len(x)):
        s += abs(z[k]) ** 2 * k + np.real(np.fft.ifft(z)[k]) * x[k]
    return s


def chosen(x):
    s = 0.0
    for i in range(len(x)):
        s += np.select([x > 1.0, x > 0.0], [x * x, 3.0 * x], 0.5)[i] + np.sum(np.isclose(x, 2.0)) * x[i]
    return s


CASES = {
    "convolve, interp": (smoothed, X, np.array([0.3, 1.0, -0.2])),
    "qr, slogdet": (factored, A + np.eye(4, 3)),
    "argsort, sort": (ordered, X),
    "scipy.special": (special_function, X),
    "views": (through_a_view, X),
    "indices": (at_mixed_indices, A, np.array([0, 2])),
    "select": (chosen, X),
    "spectra": (filtered, X),
}


@pytest.mark.parametrize("name", CASES)
def test_compiled_as_interpreted(name):
    f, *args = CASES[name]
    check(f, *args, backends=("python", "numba"), variants=False, second=False, modes=name == "select")


def test_what_is_raised_is_raised():
    def f(A, n):
        s = 0.0
        for i in range(n):
            s += np.sum(np.linalg.cholesky(A)) * i
        return s

    with zg.options(backend="numba"):
        assert zg.gradient(f, np.eye(2), 2)[0][0, 0] == 0.5
        with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
            zg.gradient(f, -np.eye(2), 2)


def test_memory_is_given_back():
    """A reference that is kept would keep the array."""

    def f(x, n):
        s = 0.0
        for _ in range(n):
            s += np.sum(np.sort(x)[:2]) + np.interp(s, x[:3], np.roll(x, 1)[:3])
        return s

    x = np.arange(100_000.0)
    with zg.options(backend="numba"):
        zg.gradient(f, x, 10)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(30):
            zg.gradient(f, x, 10)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_no_warning_where_the_interpreter_has_none():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i] * np.nansum(np.float_power(x * 0.0, -0.5) * 0.0) + x[i]
        return s

    with zg.options(backend="numba"):
        assert zg.gradient(f, X)[0] == pytest.approx(1.0)


def test_explain_names_them():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i] * np.interp(x[i], [0.0, 1.0], [0.0, 2.0], left=0.5)
        return s

    told = zg.explain(f, X).execution
    assert told.startswith(
        "interpreted until its loops have run 20,000 times, or for 1 s, then compiled, except for calls of `interp`"
    )


PROGRAM = """
import sys
import numpy as np
import zygote_nb as zg

def f(x):
    s = 0.0
    for i in range(len(x)):
        s += np.sort(x)[i] * np.interp(x[i], [0.0, 1.0, 2.0], [0.0, 2.0, 3.0])
    return s

with zg.options(backend="numba"):
    print(zg.gradient(f, np.array([0.25, 1.5, 0.5]))[0].tolist(), "numba" in sys.modules)
"""


def test_kept_on_disk_and_run_without_numba(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    runs = [
        subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True).stdout.rstrip()
        for _ in range(2)
    ]
    (first, _, had), (second, _, has) = (r.rpartition(" ") for r in runs)
    assert first == second
    assert (had, has) == ("True", "False")


def test_functions_of_the_user_are_not():
    twice = np.frompyfunc(lambda x: 2.0 * x, 1, 1)

    def f(x):
        s = 0.0
        for i in range(len(x)):
            s += twice(i)
        return s * x[0]

    with pytest.raises(zg.ZygoteError), zg.options(backend="numba"):
        zg.gradient(f, X)


def through_diagonals(x):
    y = x.copy()
    read = np.diagonal(y), np.diag(y, 1), y.diagonal(-1), np.linalg.diagonal(y.T)
    y[1, 1] = x[0, 2] ** 2
    y[0, 1] = x[2, 0] * x[0, 0]
    y[1, 0] = 3.0 * x[2, 2]
    s = 0.0
    for i in range(2):
        s += read[0][i] ** 2 + read[1][i] * read[2][i] + read[3][i] ** 3
    return s


def test_diagonals_are_views():
    """The compiled forms were copies, which did not see what was stored in the matrix afterwards."""
    check(through_diagonals, A + np.eye(4, 3), backends=("python", "numba"), variants=False, modes=False)


def summed_and_smoothed(A, B, x, k):
    s = 0.0
    for i in range(3):
        C = np.einsum("ij,kj->ik", A, B)
        s += C[i, 1] * np.einsum("ij,j,ij->", A, x[:3], B) + np.convolve(x, k)[i] * np.convolve(x, k, "valid")[i]
        s += np.sum(np.convolve(k, x, mode="same") ** 2) + np.sum(np.correlate(x, k, "same")[i] * x)
    return s


def test_einstein_sums_and_convolutions_are_loops():
    A, x = np.sin(np.arange(1.0, 13.0)).reshape(4, 3), np.cos(np.arange(5.0))
    args = A, A[::-1] + 0.5, x, np.array([0.3, 1.0, -0.2])
    check(summed_and_smoothed, *args, backends=("python", "numba"), variants=False, second=False, modes=False)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "m"), [(5, 3), (3, 5), (4, 4), (1, 1), (80, 40), (40, 80), (2100, 3)])
def test_forms_of_convolutions(mode, n, m):
    import zygote_nb.runtime.compiled  # noqa: F401
    from tests.compiling import Compiled
    from zygote_nb.runtime import contractions, forms

    left, right = contractions.convolve_adjoint_left, contractions.convolve_adjoint_right
    scope = {"convolve": forms.convolve, "left": left, "right": right}
    lines = ["def of(a, v):", "d = convolve(a, v, mode)", "return d, left(d, a, v, mode), right(d, a, v, mode)"]
    exec("\n    ".join(lines).replace("mode", repr(mode)), scope)
    rng = np.random.default_rng(n + m)
    a, v = rng.normal(size=n), rng.normal(size=m)
    compiled = COMPILED.setdefault(mode, Compiled(scope["of"]))
    for ours, wanted in zip(compiled(a, v), scope["of"](a, v), strict=True):
        assert ours.shape == wanted.shape
        np.testing.assert_allclose(ours, wanted, rtol=1e-11, atol=1e-12)


COMPILED = {}
