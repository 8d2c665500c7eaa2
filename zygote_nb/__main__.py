"""`python -m zygote_nb`: train a two-layer classifier on handwritten digits with gradients by zygote_nb."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

import zygote_nb as zg

Array = np.ndarray
PARAMETERS = ("W1", "b1", "W2", "b2")
EPOCHS, BATCH, RATE, MOMENTUM = 40, 64, 0.1, 0.9


def loss(W1, b1, W2, b2, X, Y):
    """Softmax cross-entropy of a tanh network; each row of Y has a single one."""
    hidden = np.tanh(X @ W1 + b1)
    scores = hidden @ W2 + b2
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_norm = np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(np.sum(Y * (scores - log_norm), axis=1))


def main() -> int:
    """Run the demonstration; the exit status is 0 if the classifier reached 95%."""
    train, test = split(*digits(), np.random.default_rng(0))
    params = initial(np.random.default_rng(1))
    frozen = zg.call(loss, *params, *train, wrt=PARAMETERS)

    title("The gradient, as generated from the loss")
    print(zg.code_adjoint(frozen))
    title("The gradient against central finite differences, at random entries")
    compare(params, train)
    title(f"Training on {len(train[0])} images, {len(test[0])} held out")
    params = fit(params, train)
    reached = accuracy(params, *test)
    print(f"accuracy on the held-out images: {reached:.1%}")
    title(f"Time on {len(train[0])} images")
    compare_times(params, train)
    title("Where to go next")
    print("jupyter lab notebooks/      (make lab installs JupyterLab first)")
    return 0 if reached >= 0.95 else 1


def digits() -> tuple[Array, Array]:
    """The images, one a row, pixels from 0 to 1, and their labels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        sys.exit("The digits come with scikit-learn, which is not installed: pip install scikit-learn")
    data = load_digits()
    return data.data / 16.0, data.target


def split(X: Array, labels: Array, rng: np.random.Generator) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Four fifths to train on, one fifth to test on, labels as rows with a single one."""
    Y = np.eye(10)[labels]
    order = rng.permutation(len(X))
    cut = len(X) * 4 // 5
    return (X[order[:cut]], Y[order[:cut]]), (X[order[cut:]], Y[order[cut:]])


def initial(rng: np.random.Generator) -> tuple[Array, ...]:
    """64 pixels, 64 hidden units, 10 digits."""
    return rng.normal(0, 1 / 8, (64, 64)), np.zeros(64), rng.normal(0, 1 / 8, (64, 10)), np.zeros(10)


def compare(params: tuple[Array, ...], data: tuple[Array, Array]) -> None:
    """Two random entries of each parameter; raises where gradient and difference part."""
    grads = zg.grad(loss, argnums=(0, 1, 2, 3))(*params, *data)
    rng = np.random.default_rng(2)
    for name, param, grad in zip(PARAMETERS, params, grads, strict=True):
        for _ in range(2):
            entry = tuple(int(rng.integers(n)) for n in param.shape)
            difference = central_difference(params, data, param, entry)
            label = f"{name}[{', '.join(map(str, entry))}]"
            print(f"{label:12} gradient {grad[entry]:+.10f}   difference {difference:+.10f}")
            if abs(grad[entry] - difference) > 1e-7:
                raise zg.GradientCheckError(f"{label}: the gradient is off by {grad[entry] - difference:.1e}")


def central_difference(
    params: tuple[Array, ...], data: tuple[Array, Array], param: Array, entry: tuple[int, ...], step: float = 1e-5
) -> float:
    """Slope of the loss in one entry of `param`, which is one of `params`."""
    values = []
    for sign in (1, -1):
        moved = param.copy()
        moved[entry] += sign * step
        values.append(loss(*(moved if p is param else p for p in params), *data))
    return float(values[0] - values[1]) / (2 * step)


def fit(params: tuple[Array, ...], data: tuple[Array, Array]) -> tuple[Array, ...]:
    """Gradient descent with momentum on shuffled batches."""
    step = zg.value_and_grad(loss, argnums=(0, 1, 2, 3))
    rng = np.random.default_rng(3)
    velocity = [np.zeros_like(p) for p in params]
    for epoch in range(1, EPOCHS + 1):
        values = []
        for batch in np.array_split(rng.permutation(len(data[0])), len(data[0]) // BATCH):
            value, grads = step(*params, data[0][batch], data[1][batch])
            velocity = [MOMENTUM * v - RATE * g for v, g in zip(velocity, grads, strict=True)]
            params = tuple(p + v for p, v in zip(params, velocity, strict=True))
            values.append(value)
        if epoch == 1 or epoch % 10 == 0:
            print(f"epoch {epoch:3}   loss {np.mean(values):.4f}")
    return params


def accuracy(params: tuple[Array, ...], X: Array, Y: Array) -> float:
    """Share of the images whose highest score is their digit's."""
    W1, b1, W2, b2 = params
    scores = np.tanh(X @ W1 + b1) @ W2 + b2
    return float(np.mean(scores.argmax(axis=1) == Y.argmax(axis=1)))


def compare_times(params: tuple[Array, ...], data: tuple[Array, Array]) -> None:
    """The loss by itself, and its value with the four gradients."""
    step = zg.value_and_grad(loss, argnums=(0, 1, 2, 3))
    plain = best_time(lambda: loss(*params, *data))
    both = best_time(lambda: step(*params, *data))
    print(f"loss {plain * 1e3:.2f} ms   loss and gradient {both * 1e3:.2f} ms   ratio {both / plain:.1f}")


def best_time(run: Callable[[], object], repeats: int = 30) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


if __name__ == "__main__":
    sys.exit(main())
