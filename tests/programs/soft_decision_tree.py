"""A decision tree with soft splits, nodes made of objects; cross-entropy of its leaves' mixture."""

import numpy as np


class Leaf:
    def __init__(self, logits):
        self.logits = logits

    def predict(self, x):
        e = np.exp(self.logits - np.max(self.logits))
        return e / np.sum(e)


class Split:
    def __init__(self, w, b, left, right):
        self.w, self.b = w, b
        self.left, self.right = left, right

    def predict(self, x):
        p = 1.0 / (1.0 + np.exp(-(self.w @ x + self.b)))
        return p * self.left.predict(x) + (1.0 - p) * self.right.predict(x)


def f(w, b, leaves, xs, labels):
    tree = Split(w[0], b[0], Leaf(leaves[0]), Split(w[1], b[1], Leaf(leaves[1]), Leaf(leaves[2])))
    loss = 0.0
    for x, label in zip(xs, labels):
        loss -= np.log(tree.predict(x)[label])
    return loss


def args():
    rng = np.random.default_rng(21)
    return (
        rng.standard_normal((2, 3)), rng.standard_normal(2), rng.standard_normal((3, 2)), rng.standard_normal((4, 3)),
        np.array([0, 1, 1, 0]),
    )  # fmt: skip
