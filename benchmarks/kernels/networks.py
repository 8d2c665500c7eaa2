"""Networks: a perceptron with one hidden layer, attention, an LSTM over characters."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def perceptron(W1, b1, W2, b2, X, Y):
    """Mean cross-entropy of a softmax over a hidden layer of tanh."""
    hidden = np.tanh(X @ W1 + b1)
    scores = hidden @ W2 + b2
    total = 0.0
    for i in range(scores.shape[0]):
        m = scores[i, 0]
        for j in range(1, scores.shape[1]):
            m = max(m, scores[i, j])
        s = 0.0
        for j in range(scores.shape[1]):
            s += np.exp(scores[i, j] - m)
        total += m + np.log(s)
        for j in range(scores.shape[1]):
            total -= Y[i, j] * scores[i, j]
    return total / scores.shape[0]


def perceptron_by_hand(W1, b1, W2, b2, X, Y):
    hidden = X @ W1
    n, width = hidden.shape
    for i in range(n):
        for j in range(width):
            hidden[i, j] = np.tanh(hidden[i, j] + b1[j])
    g = hidden @ W2
    for i in range(n):
        m = -np.inf
        for j in range(g.shape[1]):
            g[i, j] += b2[j]
            m = max(m, g[i, j])
        s = 0.0
        for j in range(g.shape[1]):
            g[i, j] = np.exp(g[i, j] - m)
            s += g[i, j]
        for j in range(g.shape[1]):
            g[i, j] = (g[i, j] / s - Y[i, j]) / n
    d_W2 = hidden.T @ g
    d_b2 = np.sum(g, axis=0)
    d_hidden = g @ W2.T
    d_b1 = np.zeros_like(b1)
    for i in range(n):
        for j in range(width):
            d_hidden[i, j] *= 1.0 - hidden[i, j] * hidden[i, j]
            d_b1[j] += d_hidden[i, j]
    return X.T @ d_hidden, d_b1, d_W2, d_b2


def attention(Q, K, V):
    """Sum of squares of what a head of attention returns."""
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    weights = np.empty(scores.shape)
    for i in range(scores.shape[0]):
        m = np.max(scores[i])
        e = np.exp(scores[i] - m)
        weights[i] = e / np.sum(e)
    out = weights @ V
    return np.sum(out * out)


def attention_by_hand(Q, K, V):
    scale = 1.0 / np.sqrt(Q.shape[1])
    W = Q @ K.T
    n, m = W.shape
    for i in range(n):
        top = W[i, 0]
        for j in range(1, m):
            top = max(top, W[i, j])
        s = 0.0
        for j in range(m):
            W[i, j] = np.exp((W[i, j] - top) * scale)
            s += W[i, j]
        for j in range(m):
            W[i, j] /= s
    g = W @ V
    for i in range(n):
        for j in range(g.shape[1]):
            g[i, j] *= 2.0
    d_V = W.T @ g
    d_W = g @ V.T
    for i in range(n):
        s = 0.0
        for j in range(m):
            s += d_W[i, j] * W[i, j]
        for j in range(m):
            d_W[i, j] = scale * W[i, j] * (d_W[i, j] - s)
    return d_W @ K, d_W.T @ Q, d_V


def lstm(W, b, x, width):
    """Sum of squares of the last state of one layer; the gates stand beside each other in the rows of ``W``."""
    h = np.zeros(width)
    c = np.zeros(width)
    z = np.empty(4 * width)
    for t in range(x.shape[0]):
        for k in range(4 * width):
            z[k] = b[k] + W[k, width] * x[t]
            for j in range(width):
                z[k] += W[k, j] * h[j]
        for j in range(width):
            i = 1.0 / (1.0 + np.exp(-z[j]))
            f = 1.0 / (1.0 + np.exp(-z[width + j]))
            o = 1.0 / (1.0 + np.exp(-z[2 * width + j]))
            c[j] = f * c[j] + i * np.tanh(z[3 * width + j])
            h[j] = o * np.tanh(c[j])
    s = 0.0
    for j in range(width):
        s += h[j] * h[j]
    return s


def lstm_by_hand(W, b, x, width):
    n = x.shape[0]
    gates = np.empty((n, 4 * width))
    states = np.zeros((n + 1, width))
    outputs = np.zeros((n + 1, width))
    for t in range(n):
        for k in range(4 * width):
            z = b[k] + W[k, width] * x[t]
            for j in range(width):
                z += W[k, j] * outputs[t, j]
            gates[t, k] = np.tanh(z) if k >= 3 * width else 1.0 / (1.0 + np.exp(-z))
        for j in range(width):
            i, f, o, u = gates[t, j], gates[t, width + j], gates[t, 2 * width + j], gates[t, 3 * width + j]
            states[t + 1, j] = f * states[t, j] + i * u
            outputs[t + 1, j] = o * np.tanh(states[t + 1, j])
    d_W = np.zeros_like(W)
    d_b = np.zeros_like(b)
    d_h = 2.0 * outputs[n]
    d_c = np.zeros(width)
    d_z = np.empty(4 * width)
    for t in range(n - 1, -1, -1):
        for j in range(width):
            i, f, o, u = gates[t, j], gates[t, width + j], gates[t, 2 * width + j], gates[t, 3 * width + j]
            r = np.tanh(states[t + 1, j])
            g = d_c[j] + d_h[j] * o * (1.0 - r * r)
            d_z[j] = g * u * i * (1.0 - i)
            d_z[width + j] = g * states[t, j] * f * (1.0 - f)
            d_z[2 * width + j] = d_h[j] * r * o * (1.0 - o)
            d_z[3 * width + j] = g * i * (1.0 - u * u)
            d_c[j] = g * f
            d_h[j] = 0.0
        for k in range(4 * width):
            g = d_z[k]
            d_b[k] += g
            d_W[k, width] += g * x[t]
            for j in range(width):
                d_W[k, j] += g * outputs[t, j]
                d_h[j] += g * W[k, j]
    return d_W, d_b


def layers(n: int) -> Arguments:
    rng = np.random.default_rng(9)
    inputs, width, classes, batch = (784, 512, 10, 256) if n > 100 else (3, 4, 3, 5)
    labels = np.eye(classes)[rng.integers(classes, size=batch)]
    return (
        rng.normal(size=(inputs, width)) / np.sqrt(inputs), 0.1 * rng.normal(size=width),
        rng.normal(size=(width, classes)) / np.sqrt(width), 0.1 * rng.normal(size=classes),
        rng.normal(size=(batch, inputs)), labels,
    )  # fmt: skip


def heads(n: int) -> Arguments:
    rng = np.random.default_rng(10)
    length, width = (256, 64) if n > 100 else (4, 3)
    return tuple(rng.normal(size=(length, width)) for _ in range(3))


def characters(n: int) -> Arguments:
    rng = np.random.default_rng(12)
    length, width = (1024, 14) if n > 100 else (4, 2)
    return (
        0.4 * rng.normal(size=(4 * width, width + 1)),
        0.1 * rng.normal(size=4 * width),
        rng.normal(size=length),
        width,
    )


PERCEPTRON = Workload("perceptron 784-512-10", perceptron, layers, (0, 1, 2, 3), perceptron_by_hand)
ATTENTION = Workload("attention 256x64", attention, heads, (0, 1, 2), attention_by_hand)
LSTM = Workload("LSTM, 1024 steps", lstm, characters, (0, 1), lstm_by_hand)
