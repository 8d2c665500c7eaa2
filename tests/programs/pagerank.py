"""PageRank by power iteration until nothing changes, of a web whose links have weights."""

import numpy as np


def f(links, damping, wanted):
    n = links.shape[0]
    columns = np.sum(links, axis=0)
    rank = np.full(n, 1.0 / n)
    for _ in range(50):
        new = damping * (links @ (rank / columns)) + (1.0 - damping) / n
        change = np.sum(np.abs(new - rank))
        rank = new
        if change < 1e-9:
            break
    return np.sum((rank - wanted) ** 2)


def args():
    rng = np.random.default_rng(2)
    return rng.uniform(0.1, 1.0, (4, 4)), 0.6, np.array([0.4, 0.3, 0.2, 0.1])
