"""The observed run: values, adjoints, times and kept bytes of each of the user's lines."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from zygote_nb.notebook.replay.run import replay


def view(call, line, **options):
    record = replay(call, **options)
    first = call.function.__code__.co_firstlineno
    return record.lines[call.function.__code__.co_filename, first + line - 1]


ROLLOUT = zg.call(models.rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 5)


def test_values_and_counts_of_a_loop():
    line = view(ROLLOUT, 5)
    assert line.hits == 5
    assert [name for name, _ in line.values] == ["u"]
    x = np.array([1.0, 0.5])
    assert line.values[0][1][0].values[0].sample == pytest.approx(0.3 * x[0] - 0.2 * x[1])


def test_the_gradient_that_passes_is_the_adjoint_before_the_line():
    """Of the line that copies x0, the adjoint is the gradient by x0."""
    record = replay(ROLLOUT)
    wanted = np.linalg.norm(zg.gradient(ROLLOUT)[1])
    assert view(ROLLOUT, 2).norm == pytest.approx(wanted)
    assert record.gradients["x0"].norm == pytest.approx(wanted)
    assert view(ROLLOUT, 10).norms == (1.0,) * 5


def test_norms_are_in_the_order_of_the_forward_sweep():
    call = zg.call(models.decay, 2.0, 3)
    norms = view(call, 4).norms
    assert norms == pytest.approx((0.25, 0.5, 1.0))


def test_kept_bytes():
    assert view(ROLLOUT, 8).nbytes == 5 * 8
    record = replay(zg.call(models.network, np.ones((4, 3)), np.ones((2, 4))))
    by_line = {line[1]: v.nbytes for line, v in record.lines.items()}
    first = models.network.__code__.co_firstlineno
    assert by_line[first + 1] == 2 * 3 * 8


def test_a_callee_has_lines_of_its_own():
    record = replay(zg.call(models.norm, np.ones(3)))
    names = {line[1] for line in record.lines}
    assert models.newton_sqrt.__code__.co_firstlineno + 3 in names


def test_arguments_stay_as_they_are_and_nothing_is_printed(capsys):
    x = np.array([1.0, 2.0])
    replay(zg.call(models.talkative, x))
    np.testing.assert_array_equal(x, [1.0, 2.0])
    assert capsys.readouterr().out == ""


def test_random_state_is_as_before():
    np.random.seed(3)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    replay(ROLLOUT)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_a_long_run_is_given_up():
    record = replay(zg.call(models.decay, 2.0, 10_000_000), budget=0.05)
    assert not record.complete
    assert record.total < 0.5


def test_a_long_loop_keeps_every_so_many_iterations():
    line = view(zg.call(models.decay, 1.0, 5000), 4, budget=60.0)
    events = line.values[0][1]
    assert line.hits == 5000
    assert 30 < len(events) <= 129
    assert [e.hit for e in events] == [events[1].hit * i for i in range(len(events))]


def test_nan_and_infinity_are_troubles():
    record = replay(zg.call(models.logarithm, np.array([1.0, 0.0])))
    assert record.troubles
    first = record.troubles[0]
    assert record.origins[record.sites[first.site].line][1] == models.logarithm.__code__.co_firstlineno + 1
    assert first.value.infinities == 1


def test_a_gradient_runs_the_same_code_with_and_without_pictures():
    f = models.rollout
    zg.gradient(ROLLOUT)
    before = zg.code_adjoint(ROLLOUT).source
    replay(ROLLOUT)
    assert zg.code_adjoint(ROLLOUT).source == before
    assert "<seen>" not in before
    assert zg.gradient(f, *ROLLOUT.args)[1] == pytest.approx(zg.gradient(ROLLOUT)[1])


def test_a_result_that_is_no_scalar_is_seeded_with_ones():
    record = replay(zg.call(models.double, np.array([1.0, 2.0])))
    assert record.gradients["x"].norm == pytest.approx(np.linalg.norm([2.0, 2.0]))


def test_memory_that_is_not_filled_yet_is_no_trouble():
    """`np.empty` holds what was there before, often NaN."""
    full = np.full(5, np.nan)
    del full
    for _ in range(20):
        record = replay(ROLLOUT)
        assert record.troubles == ()
        assert not any("old" in name and "[" not in name for site in record.sites for name in site.names)


def test_the_copies_of_a_loop_that_is_written_out_are_its_iterations():
    Ws = [np.eye(3) * s for s in (0.1, 0.2, 0.3)]
    line = view(zg.call(models.deep, Ws, np.ones(3)), 5)
    assert line.hits == 3
    h = np.ones(3)
    steps = []
    for W in Ws:
        h = np.tanh(W @ h)
        steps.append(h)
    assert [e.values[0].norm for e in line.events("h = np.tanh(z)")] == pytest.approx([*map(np.linalg.norm, steps)])
    rest = [zg.gradient(models.deep, Ws[i + 1 :], steps[i])[1] for i in range(2)]
    assert line.norms == pytest.approx([*map(np.linalg.norm, rest), np.linalg.norm(2 * steps[-1])])


def counted(ws, x):
    def half(v):
        """Written out where it is called."""
        return v / 2

    trajectory = np.zeros(4)
    trajectory[0] = x.sum()
    for i in range(3):
        trajectory[i + 1] = trajectory[i] / np.sqrt(1.0 + trajectory[i] ** 2)
    for w in ws:
        x = np.tanh(x @ w)
    n = 0
    while n < 4:
        n += 1
    return half(np.sum(x * x)) + sum(trajectory) * n


def test_a_line_is_counted_as_often_as_it_ran():
    """However many statements of generated code it has become."""
    record = replay(zg.call(counted, [np.eye(2), np.ones((2, 3))], np.ones(2)), 5.0)
    first = counted.__code__.co_firstlineno
    hits = {line - first: view.hits for (_, line), view in record.lines.items()}
    assert hits == {3: 1, 5: 1, 6: 1, 7: 3, 8: 3, 9: 0, 10: 2, 11: 1, 12: 4, 13: 4, 14: 1}
