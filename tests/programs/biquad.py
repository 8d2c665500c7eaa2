"""A cascade of second-order filters on a signal, states in tuples; energy of the output against a target."""


def f(sections, signal, target):
    error = 0.0
    states = [(0.0, 0.0) for _ in sections]
    for t in range(len(signal)):
        x = signal[t]
        for k, (b0, b1, b2, a1, a2) in enumerate(sections):
            s1, s2 = states[k]
            y = b0 * x + s1
            states[k] = (b1 * x - a1 * y + s2, b2 * x - a2 * y)
            x = y
        error += (x - target[t]) ** 2
    return error


def args():
    import numpy as np

    sections = [(0.4, 0.2, 0.1, -0.5, 0.2), (0.7, -0.1, 0.05, 0.3, -0.1)]
    return sections, np.sin(np.arange(7.0)), np.cos(0.5 * np.arange(7.0))
