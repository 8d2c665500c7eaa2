"""What the functions of ``statistics`` stand for, as loops that are written out in their place: read, not run."""

from __future__ import annotations

import math
import statistics


def mean(data):
    if len(data) == 0:
        raise statistics.StatisticsError("mean requires at least one data point")
    yield sum(data) / len(data)


def fmean(data, weights):
    if len(data) == 0:
        raise statistics.StatisticsError("fmean requires at least one data point")
    if weights is None:
        yield float(sum(data) / len(data))
    else:
        if len(data) != len(weights):
            raise statistics.StatisticsError("data and weights must be the same length")
        total = 0.0
        whole = 0.0
        for i in range(len(data)):
            total += data[i] * weights[i]
            whole += weights[i]
        if whole == 0.0:
            raise statistics.StatisticsError("sum of weights must be non-zero")
        yield total / whole if hasattr(math, "sumprod") else float(total / whole)  # since Python 3.12


def spread(data, centre, least, name):
    if len(data) < least:
        raise statistics.StatisticsError(name)
    if centre is None:
        centre = sum(data) / len(data)
    total = 0.0
    for item in data:
        total += (item - centre) * (item - centre)
    yield total


def variance(data, xbar):
    for total in spread(data, xbar, 2, "variance requires at least two data points"):
        yield total / (len(data) - 1)


def pvariance(data, mu):
    for total in spread(data, mu, 1, "pvariance requires at least one data point"):
        yield total / len(data)


def stdev(data, xbar):
    for total in spread(data, xbar, 2, "stdev requires at least two data points"):
        yield math.sqrt(float(total) / (len(data) - 1)) if total > 0.0 else 0.0


def pstdev(data, mu):
    for total in spread(data, mu, 1, "pstdev requires at least one data point"):
        yield math.sqrt(float(total) / len(data)) if total > 0.0 else 0.0


def median(data):
    if len(data) == 0:
        raise statistics.StatisticsError("no median for empty data")
    found = sorted(data)
    half = len(data) // 2
    yield found[half] if len(data) % 2 == 1 else (found[half - 1] + found[half]) / 2


def geometric_mean(data):
    if len(data) == 0:
        raise statistics.StatisticsError("fmean requires at least one data point")
    total = 0.0
    for item in data:
        total += math.log(item)
    yield math.exp(total / len(data))


MOMENTS = (mean, fmean, variance, pvariance, stdev, pstdev, median, geometric_mean)
