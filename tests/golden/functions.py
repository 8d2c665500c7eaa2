"""Small functions whose generated derivative is read line by line: between them, every construct of the language."""

import math

import numpy as np

SCALE = 0.5
WEIGHTS = np.array([0.5, -1.0, 2.0])
CASES = {}


def case(*args, **kwargs):
    """Register a function with the arguments of its golden text."""

    def register(f):
        CASES[f.__name__] = (f, args, kwargs)
        return f

    return register


# ---- scalars


@case(10.0)
def linear(x):
    return 5 * x + 3


@case(0.3, 1.2)
def product(x, y):
    return x * y


@case(0.3, 1.2)
def quotient(x, y):
    return (x - y) / (x * y + 2.0)


@case(0.7)
def reused(x):
    y = x * x
    z = y * x
    return y + z


@case(0.7)
def chain(x):
    y = np.sin(x)
    z = np.exp(-y * y)
    return np.log(1.0 + z)


@case(0.7, 1.3)
def overwritten(x, y):
    x = x * y
    x = np.sin(x)
    x = 3.0 * x
    return x * x


@case(0.7, 1.3)
def augmented(x, y):
    s = x
    s += y * y
    s *= x
    s -= 1.0
    s /= y
    return s


@case(0.7)
def powers(x):
    return x**2 + x**3 + x**0.5 + 2.0**x


@case(0.7, 1.1)
def fibonacci_swap(a, b):
    a, b = b, a + b
    a, b = b, a * b
    return a + b


@case(0.7)
def constant(x):
    y = x * x
    y = 3.0
    return y


@case(0.7, 3)
def mixed_math(x, n):
    return math.atan2(x, 0.5) + math.hypot(x, 2.0) + abs(x) ** n


@case(-0.7)
def ternary(x):
    return x * x if x > 0.0 else math.exp(x)


@case(0.2, 1.5)
def chosen(x, y):
    lower = min(x, y)
    upper = max(x * x, y)
    return upper - 0.5 * lower


# ---- branches


@case(0.8, 1.0)
def huber(r, delta):
    if abs(r) <= delta:
        return 0.5 * r * r
    return delta * (abs(r) - 0.5 * delta)


@case(0.8)
def relu_like(x):
    y = 0.0
    if x > 0.0:
        y = x * x
    return y + x


@case(0.8, 0.3)
def three_ways(x, y):
    if x > 1.0:
        z = x * y
    elif 0.0 < x < 1.0 and not y < 0.0:
        z = np.sin(x) + y
    else:
        z = y * y
    return z * z


@case(0.8, 0.3)
def nested_branches(x, y):
    z = x
    if x > y:
        if y > 0.0:
            z = z * y
        z += 1.0
    return z * z


# ---- loops


@case(1.1, 5)
def power(x, n):
    r = 1.0
    while n > 0:
        n -= 1
        r *= x
    return r


@case(np.array([0.3, -0.5, 1.2]))
def sum_of_squares(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
    return s


@case(np.array([0.3, -0.5, 1.2]), np.array([1.0, 2.0, -0.4]))
def dot_by_loop(x, y):
    s = 0.0
    for i in range(x.size):
        s += x[i] * y[i]
    return s


@case(np.array([0.3, -0.5, 1.2]))
def product_by_loop(x):
    p = 1.0
    for t in x:
        p *= t
    return p


@case(0.4, 4)
def logistic_map(x, n):
    for _ in range(n):
        x = 3.5 * x * (1.0 - x)
    return x


@case(np.array([0.3, -0.5, 1.2]), np.array([1.0, 2.0, -0.4]))
def zipped(x, y):
    s = 0.0
    for i, (p, q) in enumerate(zip(x, y)):
        s += i * p * np.sin(q)
    return s


@case(np.array([[0.3, -0.5], [1.2, 0.1]]))
def nested_loops(A):
    s = 0.0
    for i in range(A.shape[0]):
        row = 1.0
        for j in range(A.shape[1]):
            row *= A[i, j]
        s += row * row
    return s


@case(np.array([1.0, -2.0, 0.5, 3.0]), 0.9)
def horner_down(c, x):
    p = 0.0
    for i in range(len(c) - 1, -1, -1):
        p = p * x + c[i]
    return p


@case(np.array([0.3, 0.5, 1.2, 2.0]), 1.0)
def stops_early(x, limit):
    s = 0.0
    for t in x:
        s += t * t
        if s > limit:
            break
    return s


@case(np.array([0.3, -0.5, 1.2]))
def skips(x):
    s = 0.0
    for t in x:
        if t < 0.0:
            continue
        s += np.sqrt(t)
    return s


@case(np.array([0.3, -0.5, 1.2]), 1.0)
def first_above(x, limit):
    for i in range(len(x)):
        if x[i] > limit:
            return x[i] * limit
    return limit * limit


@case(np.array([0.3, -0.5, 1.2]), 2.0)
def loop_else(x, limit):
    for t in x:
        if t > limit:
            y = t * t
            break
    else:
        y = limit * x[0]
    return y


@case(2.0)
def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


@case(0.3, 3)
def inactive_counter(x, n):
    k = 0
    y = x
    while k < n:
        k += 2
        y = np.sin(y) * k
    return y


# ---- arrays


@case(np.array([0.3, -0.5, 1.2]))
def norm(x):
    return np.sqrt(np.sum(x * x))


@case(np.ones(2), 0.1, np.array([[0.3, 1.0], [-0.2, 0.4], [0.8, -0.7]]), np.array([1.0, 0.0, 1.0]))
def loss(w, b, X, y):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@case(np.array([[0.3], [1.0]]), np.array([0.5, -0.2, 0.8]))
def broadcast(column, row):
    return np.sum(np.exp(column * row + row))


@case(np.array([[0.3, 1.0], [-0.2, 0.4]]))
def row_softmax(x):
    e = np.exp(x)
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p[:, 0] ** 2)


@case(np.array([[0.3, 1.0], [-0.2, 0.4]]), np.array([[0.5, 0.1], [-0.7, 2.0]]), np.array([1.0, -1.0]))
def two_layers(W, V, x):
    h = np.tanh(W @ x)
    y = V @ h
    return y @ y


@case(np.array([0.3, -0.5, 1.2, 0.7]))
def slices(x):
    d = x[1:] - x[:-1]
    return np.sum(d * d) + x[0] * x[-1]


@case(np.array([0.3, -0.5, 1.2]))
def chosen_entries(x):
    y = np.where(x > 0.0, x * x, -x)
    return np.sum(np.maximum(y, 0.4)) + np.sum(x[[0, 0, 2]])


@case(np.array([0.3, -0.5, 1.2, 0.9]))
def reshaped(x):
    A = x.reshape(2, 2)
    return np.sum(A @ A.T)


@case(np.array([0.3, -0.5, 1.2]))
def array_kept(x):
    y = x
    for _ in range(3):
        y = np.sin(y) + x
    return np.sum(y)


# ---- stores


@case(np.array([0.3, -0.5, 1.2, 0.4]), 0.3)
def smooth(x, a):
    y = x.copy()
    for i in range(1, y.size):
        y[i] = a * y[i - 1] + (1 - a) * y[i]
    return y[-1]


@case(np.array([0.1, -0.4]), np.array([1.0, 0.5]), 5)
def rollout(theta, x0, n):
    x = x0.copy()
    cost = 0.0
    for t in range(n):
        u = theta[0] * x[0] + theta[1] * x[1]
        if u > 1.0:
            u = 1.0
        x[0] += 0.1 * x[1]
        x[1] += 0.1 * (u - np.sin(x[0]))
        cost += x[0] ** 2 + 0.1 * u * u
    return cost


@case(np.array([0.3, -0.5, 1.2]))
def writes_to_argument(x):
    x += 1.0
    x[0] = x[1] * x[2]
    return np.sum(x * x)


@case(np.array([0.3, -0.5, 1.2]))
def filled(x):
    y = np.empty(x.size)
    for i in range(x.size):
        y[i] = np.sin(x[i])
    return np.sum(y * y)


@case(np.array([0.3, -0.5, 1.2, 0.4]))
def in_place_slices(x):
    y = x.copy()
    y[1:] *= y[:-1]
    y[:2] = y[2:]
    return np.sum(y * y)


@case(np.array([0.3, -0.5, 1.2, 0.4]))
def through_a_view(x):
    y = np.zeros(4)
    v = y[::2]
    v += x[:2]
    v *= v
    return np.sum(y * x)


@case(np.array([0.3, -0.5, 1.2, 0.4]), 3)
def buffers_swapped(x, n):
    u = x.copy()
    v = np.zeros_like(x)
    for _ in range(n):
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u, v = v, u
    return np.sum(u * u)


@case(np.array([0.3, -0.5, 1.2]))
def elements_swapped(x):
    y = x * x
    y[0], y[2] = y[2], y[0]
    return y[0] + 3.0 * y[2]


# ---- tuples and lists


@case((0.3, np.array([1.0, 2.0])))
def unpacked(pair):
    a, x = pair
    return a * np.sum(x)


@case([0.3, -0.5, 1.2])
def over_a_list(items):
    s = 0.0
    for t in items:
        s += t * t
    return s


@case(0.6, 4)
def appended(x, n):
    kept = [x]
    for _ in range(n):
        kept.append(np.sin(kept[-1]))
    s = 0.0
    while len(kept) > 0:
        s += kept.pop() ** 2
    return s


# ---- calls


def square_plus(x, c=1.0):
    return x * x + c


def polar(x, y):
    r = math.hypot(x, y)
    if r == 0.0:
        return r, 0.0
    return r, math.atan2(y, x)


def scale_in_place(x, a):
    x *= a


def geometric(x, n):
    if n == 0:
        return 1.0
    return 1.0 + x * geometric(x, n - 1)


@case(0.7)
def calls(x):
    return square_plus(x) * square_plus(x, c=x)


@case(0.7, 0.2)
def calls_a_pair(x, y):
    r, phi = polar(x, y)
    return r * phi


@case(np.array([0.3, -0.5, 1.2]))
def norm2(v):
    s = 0.0
    for t in v:
        s += t * t
    return newton_sqrt(s)


@case(np.array([0.3, -0.5, 1.2]), 0.9)
def calls_a_writer(x, a):
    y = x.copy()
    scale_in_place(y, a)
    scale_in_place(y[1:], a * a)
    return np.sum(y * y)


@case(0.7, 3)
def recursion(x, n):
    return geometric(x, n)


@case(0.7)
def global_read(x):
    return SCALE * x * x + np.sum(WEIGHTS * x)


def line(slope):
    def through_origin(t):
        return slope * t

    return through_origin


steep = line(3.0)


@case(0.7)
def closure_called(x):
    return steep(x) + steep(x * x)
