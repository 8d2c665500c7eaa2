"""A European call: its gradient are the Greeks."""

import math


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def f(spot, strike, rate, volatility, expiry):
    root = volatility * math.sqrt(expiry)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * expiry) / root
    d2 = d1 - root
    return spot * normal_cdf(d1) - strike * math.exp(-rate * expiry) * normal_cdf(d2)


def args():
    return 100.0, 95.0, 0.03, 0.2, 0.75
