"""A function of a hundred lines, of loops, branches and statements of arrays, to see how long its derivation takes."""

from __future__ import annotations

import numpy as np


def hundred_lines(theta, x, n):
    """A day of a made-up greenhouse: sun and clouds, air in cells, a heater and its controller, plants, the bill."""
    # The sun, hour by hour
    hours = np.arange(n) * 24.0 / n
    height = np.sin(2.0 * np.pi * (hours - 6.0) / 24.0)
    sun = np.where(height > 0.0, height, 0.0)
    clouds = 1.0 / (1.0 + np.exp(-4.0 * x))
    light = sun * (1.0 - 0.7 * clouds) + 0.05
    outside = 10.0 + 5.0 * light - 2.0 * clouds
    total = 0.01 * np.sum(light * light)
    # Gusts of wind that die down
    gust, calm = 0.0, 0
    wind = np.zeros(n)
    for t in range(n):
        gust = 0.8 * gust + np.abs(x[t])
        if gust > 1.5:
            gust = 1.5 + np.log(gust - 0.5)
        elif gust < 0.1:
            calm += 1
        wind[t] = gust * np.cos(0.3 * t)
    total += 0.001 * calm
    # Air moves between cells, warmed by a heater
    air = outside + theta[0]
    wanted, stored, last = 18.0, 0.0, 0.0
    power = np.empty(n)
    for t in range(n):
        error = wanted - np.mean(air)
        stored += 0.1 * error
        slope = error - last
        last = error
        heat = theta[0] * error + theta[1] * stored + 0.2 * slope
        if heat < 0.0:
            heat = 0.0
        else:
            heat = 5.0 * np.tanh(heat / 5.0)
        power[t] = heat
        moved = air.copy()
        for i in range(1, n - 1):
            across = moved[i - 1] - 2.0 * moved[i] + moved[i + 1]
            air[i] += 0.2 * across + 0.01 * heat
            leak = 0.02 * (air[i] - outside[i])
            if wind[i] > 0.0:
                leak *= 1.0 + wind[i]
            air[i] -= leak
        air[0] = 0.5 * (air[0] + air[1])
        air[-1] = air[-2]
    # What the walls keep: a relaxation until it changes little
    walls = 0.5 * (air + outside)
    k = 0
    change = np.sum((walls - air) ** 2)
    while change > 0.5 and k < 6:
        inner = 0.25 * (walls[:-2] + walls[2:]) + 0.5 * air[1:-1]
        change = np.sum((inner - walls[1:-1]) ** 2)
        walls[1:-1] = inner
        k += 1
    # Damp in the air, as a share of what it can hold
    hold = 6.1 * np.exp(0.06 * air)
    damp = 0.6 * hold + 0.3 * light
    share = damp / hold
    wet = np.maximum(share - 0.62, 0.0)
    total += np.sum(wet**2) / n
    # Plants of three kinds, in turn
    growth = np.zeros(3)
    for kind in range(3):
        best = 16.0 + 2.0 * kind
        mass = 1.0
        for t in range(n):
            fit = np.exp(-((air[t] - best) ** 2) / 50.0)
            eaten = 0.02 * mass * mass
            mass += 0.1 * fit * light[t] * mass - eaten
            if mass < 0.2:
                break
        growth[kind] = mass
    shares = np.exp(growth - np.max(growth))
    shares = shares / np.sum(shares)
    total -= np.dot(shares, growth)
    # Sensors hear each other; the worst counts
    near = np.outer(air, walls) / 400.0
    mixed = near @ share + 0.1 * wind
    norm = np.sqrt(1.0 + np.sum(mixed * mixed))
    heard = mixed / norm
    worst = np.max(np.abs(heard - np.mean(heard)))
    total += worst
    # What it costs: dear in the evening, with a limit
    price = np.ones(n)
    price[n // 2 :] += 0.5 * light[n // 2 :]
    bill, limit = 0.0, 20.0
    for t in range(n):
        cost = price[t] * power[t]
        bill += cost
        if bill > limit:
            bill += 0.1 * (bill - limit)
            limit += 10.0
    steps = np.diff(power)
    total += 0.01 * bill + 0.001 * np.sum(steps * steps)
    # Water: a tank that fills when it rains and runs over
    tank, spilt = 2.0, 0.0
    levels = []
    for t in range(n):
        rain = clouds[t] * clouds[t]
        tank += rain - 0.3 * shares[t % 3]
        if tank > 2.5:
            spilt += tank - 2.5
            tank = 2.5
        levels.append(tank)
    for level in levels:
        total += 0.001 * (level - 2.0) ** 2
    total += 0.1 * spilt
    rest = air - np.mean(air)
    total += 0.1 * np.sqrt(np.mean(rest * rest) + 1e-6)
    return total
