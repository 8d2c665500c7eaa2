"""Adam, unrolled: the loss after some steps, as a function of the learning rate and the start; state in a dict."""

import numpy as np


def rosenbrock_gradient(p):
    x, y = p
    return np.array([-2.0 * (1.0 - x) - 40.0 * x * (y - x * x), 20.0 * (y - x * x)])


def adam_step(params, grads, state, rate):
    state["t"] += 1
    for name in params:
        g = grads[name]
        state["m"][name] = 0.9 * state["m"][name] + 0.1 * g
        state["v"][name] = 0.99 * state["v"][name] + 0.01 * g * g
        m = state["m"][name] / (1.0 - 0.9 ** state["t"])
        v = state["v"][name] / (1.0 - 0.99 ** state["t"])
        params[name] = params[name] - rate * m / (np.sqrt(v) + 1e-3)


def f(start, rate):
    params = {"p": start * 1.0, "q": start[0] * 2.0}
    state = {"t": 0, "m": {"p": np.zeros(2), "q": 0.0}, "v": {"p": np.zeros(2), "q": 0.0}}
    for _ in range(4):
        grads = {"p": rosenbrock_gradient(params["p"]), "q": 2.0 * params["q"]}
        adam_step(params, grads, state, rate)
    x, y = params["p"]
    return (1.0 - x) ** 2 + 10.0 * (y - x * x) ** 2 + params["q"] ** 2


def args():
    return np.array([-0.5, 0.7]), 0.05
