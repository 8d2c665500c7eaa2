"""A tank under PID control with a saturating valve: state in a list, history appended and popped."""


def f(gains, level, setpoint, n):
    integral = 0.0
    last = setpoint - level
    history = []
    cost = 0.0
    for k in range(n):
        error = setpoint - level
        integral += 0.1 * error
        u = gains[0] * error + gains[1] * integral + gains[2] * (error - last) / 0.1
        if u > 1.0:
            u = 1.0
        elif u < 0.0:
            u = 0.02 * u
        history.append(u)
        if len(history) > 2:
            u = 0.5 * u + 0.5 * history.pop()
        level += 0.1 * (u - 0.3 * level**0.5)
        last = error
        cost += error * error
    return cost + history[-1]


def args():
    return [2.0, 0.3, 0.05], 0.5, 1.2, 15
