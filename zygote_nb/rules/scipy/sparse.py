"""``scipy.sparse``: products and solutions, with matrices that are constant and by their entries."""

from zygote_nb.rules.linearity import linear, multilinear
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime.sparse import (
    entries_outer,
    entries_solved,
    entries_solved_back,
    entries_times,
    entries_times_back,
    sparse_solved,
    sparse_solved_back,
    sparse_times,
    sparse_times_back,
    times_sparse,
    times_sparse_back,
)

pullback_rule(sparse_times, lambda dy, y, a, x: (None, sparse_times_back(x, dy, a)))
pullback_rule(times_sparse, lambda dy, y, x, a: (times_sparse_back(x, dy, a), None))
pullback_rule(sparse_solved, lambda dy, y, a, b: (None, sparse_solved_back(b, dy, a)))
pullback_rule(sparse_times_back, lambda g, y, x, dy, a: (None, sparse_times(a, g), None))
pullback_rule(times_sparse_back, lambda g, y, x, dy, a: (None, times_sparse(g, a), None))
pullback_rule(sparse_solved_back, lambda g, y, b, dy, a: (None, sparse_solved(a, g), None))
for _fn in (sparse_times, sparse_solved, sparse_times_back, times_sparse_back, sparse_solved_back):
    linear(_fn, 1)
linear(times_sparse, 0)

pullback_rule(entries_times, lambda dy, y, data, x, indices, indptr, shape, columns: (
    entries_outer(dy, x, data, indices, indptr, columns),
    entries_times_back(x, data, dy, indices, indptr, shape, columns),
))  # fmt: skip
pullback_rule(entries_times_back, lambda g, y, x, data, dy, indices, indptr, shape, columns: (
    None, entries_outer(dy, g, data, indices, indptr, columns), entries_times(data, g, indices, indptr, shape, columns),
))  # fmt: skip
pullback_rule(entries_outer, lambda g, y, dy, x, data, indices, indptr, columns: (
    entries_times(g, x, indices, indptr, (dy.shape[0], x.shape[0]), columns),
    entries_times_back(x, g, dy, indices, indptr, (dy.shape[0], x.shape[0]), columns),
))  # fmt: skip
multilinear(entries_times, 0, 1, inert=(2, 3, 4))
multilinear(entries_times_back, 1, 2, inert=(3, 4, 5))
multilinear(entries_outer, 0, 1, inert=(3, 4))


@pullback_rule(entries_solved)
def entries_solved_pullback(dy, y, data, b, indices, indptr, shape, columns):
    db = entries_solved_back(data, dy, indices, indptr, shape, columns)
    return -entries_outer(db, y, data, indices, indptr, columns), db


@pushforward_rule(entries_solved)
def entries_solved_pushforward(t, y, data, b, indices, indptr, shape, columns):
    change = t[1] - entries_times(t[0], y, indices, indptr, shape, columns)
    return entries_solved(data, change, indices, indptr, shape, columns)


@pullback_rule(entries_solved_back)
def entries_solved_back_pullback(g, y, data, dy, indices, indptr, shape, columns):
    h = entries_solved(data, g, indices, indptr, shape, columns)
    return -entries_outer(y, h, data, indices, indptr, columns), h


@pushforward_rule(entries_solved_back)
def entries_solved_back_pushforward(t, y, data, dy, indices, indptr, shape, columns):
    change = t[1] - entries_times_back(dy, t[0], y, indices, indptr, shape, columns)
    return entries_solved_back(data, change, indices, indptr, shape, columns)
