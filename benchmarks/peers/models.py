"""Sums over points, networks, and an equation of motion, on whole arrays."""

from __future__ import annotations

from benchmarks.peers.system import System


def log_sum_exp(s: System, x):
    return s.logsumexp(x, 0)


def mixture(s: System, alphas, means, scales, x):
    z = s.np.exp(scales) * (x[:, None, :] - means)
    terms = alphas + s.np.sum(scales, axis=1) - 0.5 * s.np.sum(z * z, axis=2)
    return s.np.sum(s.logsumexp(terms, 1))


def k_means(s: System, centres, points):
    squares = s.np.sum(points**2, axis=1)[:, None] + s.np.sum(centres**2, axis=1) - 2.0 * points @ centres.T
    return -s.np.sum(s.largest(-squares, 1))


def logistic(s: System, w, X, y):
    return s.np.sum(s.np.log1p(s.np.exp(-y * (X @ w))))


def perceptron(s: System, W1, b1, W2, b2, X, Y):
    scores = s.np.tanh(X @ W1 + b1) @ W2 + b2
    return (s.np.sum(s.logsumexp(scores, 1)) - s.np.sum(Y * scores)) / scores.shape[0]


def two_layers(s: System, W1, b1, W2, b2, w, X, y):
    error = s.np.tanh(s.np.tanh(X @ W1 + b1) @ W2 + b2) @ w - y
    return s.np.mean(error * error)


def shares(s: System, x):
    e = s.np.exp(x - s.largest(x, 1))
    return e / s.np.sum(e, axis=1)[:, None]


def softmax(s: System, x, weights):
    return s.np.sum(shares(s, x) * weights)


def attention(s: System, Q, K, V):
    out = shares(s, Q @ K.T / Q.shape[1] ** 0.5) @ V
    return s.np.sum(out * out)


def lstm(s: System, W, b, x, width):
    def gate(z):
        return 1.0 / (1.0 + s.np.exp(-z))

    def step(t, state):
        h, c = state
        z = W[:, :width] @ h + W[:, width] * x[t] + b
        i, f, o = (gate(z[k * width : (k + 1) * width]) for k in range(3))
        c = f * c + i * s.np.tanh(z[3 * width :])
        return o * s.np.tanh(c), c

    h, _ = s.loop(x.shape[0], step, (s.np.zeros(width), s.np.zeros(width)))
    return s.np.sum(h * h)


def convolution(s: System, image, kernel):
    size = kernel.shape[0]
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    out = 0.0
    for p in range(size):
        for q in range(size):
            out = out + s.np.einsum("ijc,cf->ijf", image[p : p + rows, q : q + columns], kernel[p, q])
    return s.np.sum(out * out)


def runge_kutta(s: System, x, k, steps, h):
    def slope(y):
        return -k * y * y * y

    def step(_, x):
        a = slope(x)
        b = slope(x + 0.5 * h * a)
        c = slope(x + 0.5 * h * b)
        d = slope(x + h * c)
        return x + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)

    return s.np.sum(s.loop(steps, step, x) ** 2)


FORMS = {
    "log_sum_exp": log_sum_exp,
    "mixture": mixture,
    "k_means": k_means,
    "logistic": logistic,
    "perceptron": perceptron,
    "two_layers": two_layers,
    "softmax": softmax,
    "attention": attention,
    "lstm": lstm,
    "convolution": convolution,
    "einsum_convolution": convolution,
    "runge_kutta": runge_kutta,
}
