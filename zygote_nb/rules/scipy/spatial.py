"""``scipy.spatial.distance``."""

import numpy as np
from scipy.spatial import distance

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.named import constants, refusals
from zygote_nb.rules.registry import only_of_constants, pullback_rule, pushforward_rule
from zygote_nb.runtime import distances
from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.distances import (
    cdist_left,
    cdist_right,
    cdist_tangent,
    pdist_adjoint,
    pdist_tangent,
    squareform_adjoint,
)

pullback_rule(distance.cdist, lambda dy, y, XA, XB, metric="euclidean", *, out=None, p=2.0: (
    cdist_left(dy, XA, XB, y, metric, p), cdist_right(dy, XA, XB, y, metric, p)
))  # fmt: skip
pushforward_rule(distance.cdist, lambda t, y, XA, XB, metric="euclidean", *, out=None, p=2.0: (
    cdist_tangent(t, XA, XB, y, metric, p)
))  # fmt: skip
pullback_rule(distance.pdist, lambda dy, y, X, metric="euclidean", *, out=None, p=2.0: (
    pdist_adjoint(dy, X, y, metric, p)
))  # fmt: skip
pushforward_rule(distance.pdist, lambda t, y, X, metric="euclidean", *, out=None, p=2.0: (
    pdist_tangent(t[0], X, y, metric, p)
))  # fmt: skip
pullback_rule(distance.squareform, lambda dy, y, X, force="no", checks=True: squareform_adjoint(dy, X))
linear(distance.squareform)


@pullback_rule(distance.euclidean)
def euclidean_pullback(dy, y, u, v, w=None):
    if w is not None:
        raise NotImplementedError("with weights it is not differentiated; multiply the points by their roots")
    g = quotient(dy * (u - v), y)
    return g, -g


@pullback_rule(distance.sqeuclidean)
def sqeuclidean_pullback(dy, y, u, v, w=None):
    if w is not None:
        raise NotImplementedError("with weights it is not differentiated; multiply the points by their roots")
    g = 2.0 * dy * (u - v)
    return g, -g


@pullback_rule(distance.cityblock)
def cityblock_pullback(dy, y, u, v, w=None):
    if w is not None:
        raise NotImplementedError("with weights it is not differentiated; write the sum out")
    g = dy * np.sign(u - v)
    return g, -g


@pullback_rule(distance.hamming)
def hamming_pullback(dy, y, u, v, w=None):
    return None, None, None if w is None else dy * (np.not_equal(u, v) - y) / np.sum(w)


constants(distance, "is_valid_dm is_valid_y num_obs_dm num_obs_y")
only_of_constants("use np.max(np.min(cdist(u, v), axis=1))", distance.directed_hausdorff)
refusals(
    distance,
    "use cdist, or write it out with NumPy",
    """braycurtis canberra chebyshev correlation cosine dice jaccard jensenshannon mahalanobis minkowski rogerstanimoto
    russellrao seuclidean sokalmichener sokalsneath yule kulczynski1
    CDistMetricWrapper PDistMetricWrapper MetricInfo""",
)

by_source(distances.cdist_left, distances.cdist_right, distances.pdist_adjoint, distances.squareform_adjoint)
