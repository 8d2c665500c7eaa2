"""A block of a transformer: layer norm, causal attention with heads, a feed-forward layer; parameters in a dict."""

import numpy as np


def layer_norm(x, gain, shift):
    mean = x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + 1e-5)
    return gain * (x - mean) / spread + shift


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention(x, p, heads):
    n, width = x.shape
    q, k, v = x @ p["q"], x @ p["k"], x @ p["v"]
    mask = np.triu(np.full((n, n), -1e9), 1)
    out = []
    for h in range(heads):
        lo, hi = h * width // heads, (h + 1) * width // heads
        weights = softmax(q[:, lo:hi] @ k[:, lo:hi].T / np.sqrt(width // heads) + mask)
        out.append(weights @ v[:, lo:hi])
    return np.concatenate(out, axis=1) @ p["o"]


def f(params, x, target):
    h = x + attention(layer_norm(x, *params["norm1"]), params["attention"], heads=2)
    z = layer_norm(h, *params["norm2"])
    W1, b1, W2, b2 = params["mlp"]
    h = h + np.maximum(z @ W1 + b1, 0.0) @ W2 + b2
    return ((h - target) ** 2).mean()


def args():
    rng = np.random.default_rng(17)
    draw = lambda *shape: 0.5 * rng.standard_normal(shape)
    params = {
        "norm1": (1.0 + draw(4), draw(4)),
        "norm2": (1.0 + draw(4), draw(4)),
        "attention": {name: draw(4, 4) for name in "qkvo"},
        "mlp": (draw(4, 6), draw(6), draw(6, 4), draw(4)),
    }
    return params, draw(3, 4), draw(3, 4)
