"""A calculator driven by tokens in reverse Polish notation, with a stack and a table of functions."""

import math

BINARY = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}
UNARY = {"sin": math.sin, "exp": math.exp, "neg": lambda a: -a}


def run(text, env):
    stack = []
    for token in text.split():
        if token in BINARY:
            b = stack.pop()
            a = stack.pop()
            stack.append(BINARY[token](a, b))
        elif token in UNARY:
            stack.append(UNARY[token](stack.pop()))
        elif token in env:
            stack.append(env[token])
        else:
            stack.append(float(token))
    return stack.pop()


def f(x, y):
    env = {"x": x, "y": y}
    return run("x y * sin x 2.5 + / y neg exp +", env) * run("x x * y -", env)


def args():
    return 0.7, 1.3
