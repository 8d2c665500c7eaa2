"""A function of a hundred lines, of loops, branches and statements of arrays, to see how long its derivation takes."""

from __future__ import annotations

import numpy as np


def hundred_lines(theta, x, n):
    total = 0.0
    position, speed, energy = x[0], 0.5, 0.0
    for t in range(n):
        force = theta[0] * position + theta[1] * speed
        if force > 1.0:
            force = 1.0
        elif force < -1.0:
            force = -1.0
        drag = 0.1 * speed * abs(speed)
        wind = np.sin(x[t] + 0.3 * position)
        lift = np.exp(-position * position)
        if wind > 0.5:
            drag += 0.2 * wind
        else:
            lift *= 0.9
        acceleration = force - drag + 0.05 * lift
        speed += 0.1 * acceleration
        position += 0.1 * speed
        error = position - x[t]
        energy += error * error + 0.01 * force * force
    total += energy
    a = np.zeros(n)
    b = np.tanh(1.5 * x) * theta[0]
    for i in range(1, n - 1):
        a[i] = 0.5 * (b[i - 1] + b[i + 1]) - x[i] * theta[1]
        if a[i] > 1.0:
            a[i] = 1.0 + np.log(a[i])
        b[i] += 0.1 * a[i]
    c = np.exp(-a * a) + b
    c[1:-1] += 0.25 * (a[2:] - a[:-2])
    m = np.outer(b, c)
    w = m @ c + 0.1 * a
    w = w / np.sqrt(1.0 + np.sum(w * w))
    k = 0
    err = np.sum((w - x) ** 2)
    while err > 0.1 and k < 5:
        w = 0.5 * (w + x)
        err = np.sum((w - x) ** 2)
        k += 1
    scores = np.where(w > 0.0, w, 0.01 * w)
    total += np.mean(scores) + np.max(c) + err
    position, speed, energy = x[0], 2.5, 0.0
    for t in range(n):
        force = theta[0] * position + theta[1] * speed
        if force > 1.0:
            force = 1.0
        elif force < -1.0:
            force = -1.0
        drag = 0.1 * speed * abs(speed)
        wind = np.sin(x[t] + 0.3 * position)
        lift = np.exp(-position * position)
        if wind > 0.5:
            drag += 0.2 * wind
        else:
            lift *= 0.9
        acceleration = force - drag + 0.05 * lift
        speed += 0.1 * acceleration
        position += 0.1 * speed
        error = position - x[t]
        energy += error * error + 0.01 * force * force
    total += energy
    a = np.zeros(n)
    b = np.tanh(3.5 * x) * theta[0]
    for i in range(1, n - 1):
        a[i] = 0.5 * (b[i - 1] + b[i + 1]) - x[i] * theta[1]
        if a[i] > 1.0:
            a[i] = 1.0 + np.log(a[i])
        b[i] += 0.1 * a[i]
    c = np.exp(-a * a) + b
    c[1:-1] += 0.25 * (a[2:] - a[:-2])
    m = np.outer(b, c)
    w = m @ c + 0.1 * a
    w = w / np.sqrt(1.0 + np.sum(w * w))
    k = 0
    err = np.sum((w - x) ** 2)
    while err > 0.1 and k < 5:
        w = 0.5 * (w + x)
        err = np.sum((w - x) ** 2)
        k += 1
    scores = np.where(w > 0.0, w, 0.01 * w)
    total += np.mean(scores) + np.max(c) + err
    position, speed, energy = x[0], 4.5, 0.0
    for t in range(n):
        force = theta[0] * position + theta[1] * speed
        if force > 1.0:
            force = 1.0
        elif force < -1.0:
            force = -1.0
        drag = 0.1 * speed * abs(speed)
        wind = np.sin(x[t] + 0.3 * position)
        lift = np.exp(-position * position)
        if wind > 0.5:
            drag += 0.2 * wind
        else:
            lift *= 0.9
        acceleration = force - drag + 0.05 * lift
        speed += 0.1 * acceleration
        position += 0.1 * speed
        error = position - x[t]
        energy += error * error + 0.01 * force * force
    total += energy
    return total
