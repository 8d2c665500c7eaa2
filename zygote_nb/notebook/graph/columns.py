"""Where the items of each layer stand from left to right: close to what they are joined to, and not on each other.

`static/graph.js` does the same whenever a reader folds or unfolds a group.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["columns", "nearest"]

Joined = Sequence[Sequence[Sequence[int]]]  # for each layer and item, the items of the layer above that it is joined to


def columns(widths: Sequence[Sequence[float]], above: Joined, gap: float) -> list[list[float]]:
    """The centre of each item, the leftmost edge of all at 0.

    >>> columns([[10.0, 10.0], [10.0]], [[[], []], [[1]]], 2.0)
    [[5.0, 17.0], [17.0]]
    """
    below: list[list[list[int]]] = [[[] for _ in row] for row in widths]
    for i, row in enumerate(above):
        for k, joined in enumerate(row):
            for j in joined:
                below[i - 1][j].append(k)
    centres = [nearest([0.0] * len(row), row, gap) for row in widths]
    down, up = range(1, len(widths)), range(len(widths) - 2, -1, -1)
    for order, joined_to, step in ((down, above, -1), (up, below, 1), (down, above, -1)):
        for i in order:
            other, old = centres[i + step], centres[i]
            near = joined_to[i]
            wanted = [sum(other[j] for j in js) / len(js) if (js := near[k]) else old[k] for k in range(len(old))]
            centres[i] = nearest(wanted, widths[i], gap)
    left = min(c - w / 2 for row, sizes in zip(centres, widths, strict=True) for c, w in zip(row, sizes, strict=True))
    return [[c - left for c in row] for row in centres]


def nearest(wanted: Sequence[float], widths: Sequence[float], gap: float) -> list[float]:
    """The places closest to those wanted, in the same order, at which nothing overlaps.

    >>> nearest([0.0, 0.0], [10.0, 10.0], 2.0)
    [-6.0, 6.0]
    """
    offsets, right = [], 0.0
    for width in widths:
        offsets.append(right + width / 2)
        right += width + gap
    blocks: list[list[float]] = []  # sum and number of what moves together
    for want, offset in zip(wanted, offsets, strict=True):
        blocks.append([want - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + count]
    moved = [total / count for total, count in blocks for _ in range(int(count))]
    return [offset + by for offset, by in zip(offsets, moved, strict=True)]
