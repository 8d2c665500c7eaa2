"""Layers of networks: a perceptron with two hidden layers, a softmax, and convolutions of images."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def two_layers(W1, b1, W2, b2, w, X, y):
    """Mean squared error of a perceptron with two hidden layers of tanh."""
    hidden = np.tanh(X @ W1 + b1)
    hidden = np.tanh(hidden @ W2 + b2)
    error = hidden @ w - y
    return np.mean(error * error)


def two_layers_by_hand(W1, b1, W2, b2, w, X, y):
    first = X @ W1
    n, width = first.shape
    for i in range(n):
        for j in range(width):
            first[i, j] = np.tanh(first[i, j] + b1[j])
    second = first @ W2
    for i in range(n):
        for j in range(width):
            second[i, j] = np.tanh(second[i, j] + b2[j])
    g = (second @ w - y) * (2.0 / n)
    d_w = g @ second
    d_b1 = np.zeros_like(b1)
    d_b2 = np.zeros_like(b2)
    for i in range(n):
        for j in range(width):
            second[i, j] = g[i] * w[j] * (1.0 - second[i, j] * second[i, j])
            d_b2[j] += second[i, j]
    d_W2 = first.T @ second
    d_first = second @ W2.T
    for i in range(n):
        for j in range(width):
            d_first[i, j] *= 1.0 - first[i, j] * first[i, j]
            d_b1[j] += d_first[i, j]
    return X.T @ d_first, d_b1, d_W2, d_b2, d_w


def softmax(x, weights):
    """What each row's softmax weighs, summed."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p * weights)


def softmax_by_hand(x, weights):
    d_x = np.empty_like(x)
    for i in range(x.shape[0]):
        m = x[i, 0]
        for j in range(1, x.shape[1]):
            m = max(m, x[i, j])
        s = 0.0
        mean = 0.0
        for j in range(x.shape[1]):
            d_x[i, j] = np.exp(x[i, j] - m)
            s += d_x[i, j]
            mean += d_x[i, j] * weights[i, j]
        mean /= s
        for j in range(x.shape[1]):
            d_x[i, j] *= (weights[i, j] - mean) / s
    return (d_x,)


def convolution(image, kernel):
    """Sum of squares of a valid convolution; channels last, as are the kernel's."""
    rows, columns, channels = image.shape
    size, _, _, filters = kernel.shape
    out = np.zeros((rows - size + 1, columns - size + 1, filters))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for p in range(size):
                for q in range(size):
                    for c in range(channels):
                        for f in range(filters):
                            out[i, j, f] += image[i + p, j + q, c] * kernel[p, q, c, f]
    return np.sum(out * out)


def convolution_by_hand(image, kernel):
    rows, columns, channels = image.shape
    size, _, _, filters = kernel.shape
    d_image = np.zeros_like(image)
    d_kernel = np.zeros_like(kernel)
    g = np.empty(filters)
    for i in range(rows - size + 1):
        for j in range(columns - size + 1):
            g[:] = 0.0
            for p in range(size):
                for q in range(size):
                    for c in range(channels):
                        for f in range(filters):
                            g[f] += image[i + p, j + q, c] * kernel[p, q, c, f]
            for f in range(filters):
                g[f] *= 2.0
            for p in range(size):
                for q in range(size):
                    for c in range(channels):
                        to_image = 0.0
                        pixel = image[i + p, j + q, c]
                        for f in range(filters):
                            to_image += g[f] * kernel[p, q, c, f]
                            d_kernel[p, q, c, f] += g[f] * pixel
                        d_image[i + p, j + q, c] += to_image
    return d_image, d_kernel


def einsum_convolution(image, kernel):
    """The same as one contraction over channels for each of the kernel's places."""
    size = kernel.shape[0]
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    out = np.zeros((rows, columns, kernel.shape[3]))
    for p in range(size):
        for q in range(size):
            out += np.einsum("ijc,cf->ijf", image[p : p + rows, q : q + columns], kernel[p, q])
    return np.sum(out * out)


def networks_of(width: int, inputs: int, batch: int):
    def make(n: int) -> Arguments:
        rng = np.random.default_rng(15)
        d, w, m = (inputs, width, batch) if n > 100 else (3, 4, 5)
        return (
            rng.normal(size=(d, w)) / np.sqrt(d), 0.1 * rng.normal(size=w),
            rng.normal(size=(w, w)) / np.sqrt(w), 0.1 * rng.normal(size=w),
            rng.normal(size=w) / np.sqrt(w), rng.normal(size=(m, d)), rng.normal(size=m),
        )  # fmt: skip

    return make


def scores(n: int) -> Arguments:
    rng = np.random.default_rng(16)
    shape = (256, 1000) if n > 100 else (3, 4)
    return rng.normal(size=shape), rng.normal(size=shape)


def images(n: int) -> Arguments:
    rng = np.random.default_rng(17)
    side, size, channels, filters = (32, 5, 3, 16) if n > 100 else (5, 2, 2, 3)
    return rng.normal(size=(side, side, channels)), rng.normal(size=(size, size, channels, filters))


TWO_LAYERS = Workload(
    "perceptron, two hidden layers", two_layers, networks_of(64, 32, 128), (0, 1, 2, 3, 4), two_layers_by_hand
)
SOFTMAX = Workload("softmax 256x1000", softmax, scores, (0,), softmax_by_hand)
CONVOLUTION = Workload("conv2d as loops", convolution, images, (0, 1), convolution_by_hand)
EINSUM_CONVOLUTION = Workload("conv2d as einsum", einsum_convolution, images, (0, 1), convolution_by_hand)
