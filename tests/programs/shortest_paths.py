"""Lengths of shortest paths through a weighted graph that is given as a list of edges; its adjacency is a dict."""

from collections import defaultdict

import numpy as np


def f(weights, edges, source, n):
    neighbours = defaultdict(list)
    for k in range(len(edges)):
        i, j = int(edges[k, 0]), int(edges[k, 1])
        neighbours[i].append((j, weights[k] ** 2 + 0.1))
        neighbours[j].append((i, weights[k] ** 2 + 0.1))
    best = {source: 0.0}
    done = set()
    while len(done) < n:
        nearest, at = -1, np.inf
        for node, length in best.items():
            if node not in done and length < at:
                nearest, at = node, length
        done.add(nearest)
        for other, length in neighbours[nearest]:
            if other not in best or at + length < best[other]:
                best[other] = at + length
    return sum(best[i] * (i + 1.0) for i in range(n))


def args():
    edges = np.array([[0, 1], [1, 2], [0, 2], [2, 3], [1, 3], [3, 4]])
    return np.array([0.5, 0.9, 1.3, 0.4, 1.1, 0.8]), edges, 0, 5
