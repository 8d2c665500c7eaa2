"""A cast to integers ends a derivative."""

import numpy as np

import zygote_nb as zg


def test_a_cast_to_integers_carries_no_derivative():
    x = np.array([1.5, 2.5])
    assert zg.gradient(lambda x: np.sum(x.astype(int) * x), x)[0].tolist() == [1.0, 2.0]
    assert zg.gradient(lambda x: np.sum(x.astype("int64") * 1.0), x)[0].tolist() == [0.0, 0.0]
