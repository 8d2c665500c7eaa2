"""`%gradcheck`, `%gradprof`, `%nantrace`, and arguments without influence."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from tests.notebook.pages import checked
from zygote_nb.notebook.diagnosis.breaks import breaks
from zygote_nb.notebook.diagnosis.check import check
from zygote_nb.notebook.diagnosis.nantrace import trace
from zygote_nb.notebook.diagnosis.profile import profile

ROLLOUT = zg.call(models.rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 50)


@pytest.fixture
def wrong_rule():
    """A function whose rule is off by a factor of two in its second entry."""

    def weird(x):
        return float(np.sum(x * x))

    @zg.rrule(weird)
    def rule(x):
        def pullback(dy):
            return 2.0 * dy * x * np.array([1.0, 2.0])

        return weird(x), pullback

    def f(x):
        return weird(x)

    return f


def test_check_agrees():
    result = check(ROLLOUT)
    assert result
    assert "theta  agrees    all 2 entries" in repr(result)
    checked(result.document())


def test_check_names_the_entry_that_is_off_and_by_how_much(wrong_rule):
    result = check(zg.call(wrong_rule, np.array([1.0, 3.0])))
    assert not result
    assert [e.name for e in result.off] == ["x[1]"]
    assert "1 entry is off" in repr(result)
    assert "gradient 12" in repr(result)
    assert "finite differences 6" in repr(result)
    checked(result.document())


def test_check_leaves_kinks_out():
    result = check(zg.call(models.root, np.array([1.0, 1e-9])))
    assert result
    assert "1 kinks left out" in repr(result)


def test_check_takes_a_sample_of_a_large_argument():
    result = check(zg.call(models.network, np.ones((30, 30)), np.ones((2, 30)) / 30))
    assert "200 of 900 entries" in repr(result)


def test_profile_of_interpreted_code():
    result = profile(zg.call(models.network, np.ones((40, 30)), np.ones((20, 40)) / 40), "network")
    assert not result.estimated
    first = models.network.__code__.co_firstlineno
    cost = result.costs[models.network.__code__.co_filename, first + 1]
    assert cost.forward > 0
    assert cost.backward > 0
    assert cost.nbytes == 20 * 30 * 8
    checked(result.document())


def test_profile_of_compiled_code_is_marked_as_an_estimate():
    with zg.options(backend="numba"):
        result = profile(ROLLOUT, "rollout")
    assert result.estimated
    assert sum(c.forward + c.backward for c in result.costs.values()) == pytest.approx(result.total)
    assert "estimates" in repr(result)
    assert "~" in repr(result)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (zg.call(models.root, np.array([1.0, 0.0])), ["first infinity is d_x at [1]", "r = np.sqrt(x)", "square root"]),
        (zg.call(models.logarithm, np.array([1.0, 0.0])), ["first infinity is y at [1]", "y = np.log(x)", "logarithm"]),
        (zg.call(models.unguarded, np.array([1.0, 0.0])), ["np.where(x > 0", "computes both branches"]),
        (zg.call(models.overflowing, np.array([800.0])), ["np.exp(x)", "exp overflows"]),
    ],
    ids=["sqrt at 0", "log at 0", "where", "exp"],
)
def test_nantrace_names_line_values_and_remedy(call, said):
    result = trace(call, "f")
    assert not result
    for part in said:
        assert part in repr(result)
    assert "made here" in repr(result)
    assert "out of finite numbers" in repr(result)
    checked(result.document())


def test_nantrace_names_the_forward_line_when_the_nan_surfaces_in_the_gradient():
    """A tool that names the line of the backward pass alone points at the wrong one."""
    result = trace(zg.call(models.logarithm, np.array([1.0, 0.0])), "f")
    assert result.forward.source == "y = np.log(x)"
    assert result.backward is not None


def test_what_only_generated_code_names_is_spoken_of_as_it_was_typed():
    said = repr(trace(zg.call(models.entropy, np.array([0.5, 0.5, 0.0])), "f"))
    assert "the first infinity is np.log(p) at [2]" in said
    assert "the gradient of np.log(p)" in said
    assert "xlogy" in said
    said = repr(trace(zg.call(models.likelihood, 0.0, np.array([1.0, 50.0])), "f"))
    assert "the first infinity is the result" in said
    assert "underflowed" in said


def test_nothing_is_advised_where_the_argument_is_the_trouble():
    assert "remedy" not in repr(trace(zg.call(models.root, np.array([1.0, np.nan])), "f"))


def test_a_check_that_fails_names_the_rules_of_ones_own(wrong_rule):
    said = repr(check(zg.call(wrong_rule, np.array([1.0, 3.0]))))
    assert "a rule of your own is in use: that for weird, " in said
    assert "test_diagnosis.py" in said


def test_nantrace_says_that_an_argument_is_not_finite():
    result = trace(zg.call(models.root, np.array([1.0, np.nan])), "f")
    assert "an argument is not finite to begin with" in repr(result)


def test_nantrace_finds_nothing_and_says_so():
    assert trace(ROLLOUT, "f")
    assert "no NaN and no infinity" in repr(trace(ROLLOUT, "f"))


def test_vanishing_along_iterations():
    said = repr(trace(zg.call(models.shrink, 1.0, 20), "f"))
    assert "the gradient vanishes along the iterations, from 1 in the last to 1e-38 in the first" in said


def test_arguments_without_influence_are_named_with_the_line():
    call = zg.call(models.cutoff, np.array([1.0, 0.0]), 2.0)
    lines = {(b.line, b.why) for b in breaks(call, "x")}
    assert lines == {
        (2, "np.argmax(x) has no derivative"),
        (3, "a comparison of x has no derivative"),
    }
    assert [(b.line, b.why) for b in breaks(call, "k")] == [(5, "y is overwritten")]
    assert breaks(ROLLOUT, "theta") == ()


def test_a_magic_says_which_argument_has_no_influence(cell):
    cell("def f(x, k):\n    y = round(k) * 2.0\n    return x * x + y")
    assert "k has no influence: line 2 of f, `y = round(k) * 2.0`" in repr(cell("%grad f(1.0, 2.5)"))
    cell("k = 2.5\nx = 1.0")
    assert "k has no influence" in repr(cell("%%grad\ny = np.floor(k)\nx * x + y"))


def test_magics(cell, shell):
    cell("def f(x):\n    return np.sum(np.sqrt(x))")
    assert cell("%gradcheck -o c f(np.ones(2))") is shell.user_ns["c"]
    assert shell.user_ns["c"]
    assert not cell("%nantrace f(np.zeros(2))")
    assert cell("%gradprof f(np.ones(2))").total > 0
    assert cell("%gradcheck f(np.ones(2));") is None


def joined(x):
    y = x - 1.0
    r = np.sqrt(y * y)
    s = np.where(y > 0, np.log(y), 0.0)
    return np.sum(r) + np.sum(s)


def test_of_statements_that_became_one_the_line_at_fault_is_named():
    shown = repr(trace(zg.call(joined, np.array([1.0, 2.0, 3.0])), "joined(x)"))
    assert "r = np.sqrt(y * y)" in shown
    assert "line 3 of joined" in shown
    assert "square root" in shown
    assert "np.where computes" not in shown


def entries(x):
    s = 0.0
    for i in range(3):
        s = s + x[i] ** 0.5
    return s


def test_an_entry_that_is_assigned_is_no_operand():
    shown = repr(trace(zg.call(entries, np.array([1.0, 0.0, 2.0])), "entries(x)"))
    assert "in iteration 2, out of finite numbers" in shown
    assert "a power of 0" in shown


def filled(x):
    out = np.zeros(3)
    out[:] = x
    out[:] = 1.0
    return np.sum(out)


def test_an_array_that_is_filled_anew_is_named():
    (found,) = breaks(zg.call(filled, np.ones(3)), "x")
    assert (found.line, found.why) == (4, "out is overwritten")
