"""``scipy.sparse``: products with matrices that are constant, and their solutions."""

from zygote_nb.rules.registry import linear, pullback_rule
from zygote_nb.runtime.sparse import (
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
for _fn in (sparse_times, sparse_solved, sparse_times_back, times_sparse_back, sparse_solved_back):
    linear(_fn, 1)
linear(times_sparse, 0)
