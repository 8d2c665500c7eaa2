"""What a pullback remembers, and what it leaves alone."""

import numpy as np
import pytest

import zygote_nb as zg

COUNT = {"n": 1.0}
STATE = np.array([1.0, 2.0])


def counted(x):
    COUNT["n"] += x
    STATE[0] = STATE[0] * x
    return COUNT["n"] * x + STATE[0] * STATE[1]


def test_a_pullback_changes_what_is_captured_once_and_remembers_what_was_captured():
    COUNT["n"] = 1.0
    STATE[:] = 1.0, 2.0
    y, back = zg.pullback(counted, 3.0)
    assert y == 4.0 * 3.0 + 6.0
    assert COUNT == {"n": 4.0}
    assert STATE.tolist() == [3.0, 2.0]
    for _ in range(2):
        assert back(1.0) == (4.0 + 3.0 + 2.0,)
    assert COUNT == {"n": 4.0}
    assert STATE.tolist() == [3.0, 2.0]


def test_a_pullback_of_random_numbers_is_refused():
    def f(x):
        return x * np.random.rand()  # noqa: NPY002 - the legacy generator is what is tested

    with pytest.raises(zg.UnsupportedSyntaxError, match="another value"):
        zg.pullback(f, 2.0)


def test_a_pullback_says_that_it_gives_none_for_what_has_no_derivative():
    _, back = zg.pullback(lambda x, n: x * x if n > 2 else x, 3.0, 5)
    assert "gives d n  None" in repr(back)
    assert back(1.0)[1] is None
