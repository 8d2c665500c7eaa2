"""`check_grads` finds what is wrong, in either mode and in either order, and leaves no trace."""

import dataclasses
import random

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.3, 0.8, 1.5])


def doubled(x):
    return 2.0 * np.sum(x)


@pytest.fixture
def wrong_reverse():
    @zg.rrule(doubled)
    def rule(x):
        return 2.0 * np.sum(x), lambda dy: np.full(x.shape, 3.0 * dy)

    return lambda x: doubled(x * x)


def test_a_wrong_rule_is_found_entry_by_entry(wrong_reverse):
    with pytest.raises(zg.GradientCheckError, match=r"entry 2 of `x`: the gradient is 9, finite differences give 6"):
        zg.check_grads(wrong_reverse, X, modes=("reverse",))


def cubed(x):
    return np.sum(x**3)


def test_a_wrong_forward_rule_is_found_along_a_direction():
    @zg.frule(cubed)
    def rule(tangents, x):
        return np.sum(x**3), np.sum(x * x * tangents[0])

    zg.check_grads(lambda x: cubed(x) * 2.0, X, modes=("reverse",))
    with pytest.raises(zg.GradientCheckError, match="along a direction, forward mode gives"):
        zg.check_grads(lambda x: cubed(x) * 2.0, X, modes=("forward",))


def test_second_order_is_compared_with_differences_of_the_gradient():
    zg.check_grads(lambda x: np.sum(np.sin(x) * x), X, order=2)
    zg.check_grads(lambda x, *a, k=2.0: (x * a[0] * a[1]).sum() * k, X, 2.0, X, order=2, kwargs={"k": 3.0})
    zg.check_grads(zg.call(lambda x, *a: (x * a[0]).sum(), X, 2.0))
    zg.check_grads(zg.call(lambda x, y: (x * y).sum(), X, 2.0, wrt=("y",)))


def test_what_there_is_not_is_said():
    with pytest.raises(ValueError, match="order is 1 or 2"):
        zg.check_grads(doubled, X, order=3)
    with pytest.raises(ValueError, match="modes are among"):
        zg.check_grads(doubled, X, modes=("backwards",))


def test_each_run_draws_the_same_numbers_and_leaves_no_trace(capsys):
    seen, held = [], {"count": 0}

    def f(x):
        seen.append(1)
        held["count"] += 1
        print("running")
        return np.sum(x * x) * random.random() * len(seen)

    random.seed(3)
    state = random.getstate()
    zg.check_grads(f, X, modes=("reverse",))
    assert random.getstate() == state
    assert (seen, held) == ([], {"count": 0})
    assert capsys.readouterr().out == ""


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    kind: str = "tanh"
    biased: bool = True
    size: int = 2

    def __call__(self, x):
        z = self.w * x + (0.5 if self.biased else 0.0)
        return np.sum(np.tanh(z) if self.kind == "tanh" else z) * self.size


@pytest.mark.parametrize("model", [[Layer(X), Layer(X[:1], "plain", False)], {"a": Layer(X), "b": Layer(X), "c": "no"}])
def test_texts_and_flags_among_numbers_are_left_as_they_are(model):
    def f(model, x):
        layers = model if isinstance(model, list) else [model["a"], model["b"]]
        return layers[0](x) * layers[1](x)

    zg.check_grads(f, model, 0.7, order=2)
    with pytest.raises(zg.GradientCheckError, match="entry"):
        zg.check_grads(lambda model, x: zg.ignore_derivatives(f(model, x)) + f(model, x), model, 0.7)
