"""Evaluation of an expression tree made of tuples, by recursion; variables come from a dict."""

import math


def evaluate(node, env):
    if isinstance(node, str):
        return env[node]
    if isinstance(node, float):
        return node
    op, *arguments = node
    values = [evaluate(a, env) for a in arguments]
    if op == "add":
        return values[0] + values[1]
    if op == "mul":
        return values[0] * values[1]
    if op == "sin":
        return math.sin(values[0])
    raise ValueError(op)


TREE = ("add", ("mul", "x", ("sin", ("mul", "x", "y"))), ("mul", 0.5, ("mul", "y", "y")))


def f(env):
    return evaluate(TREE, env) * env["x"]


def args():
    return ({"x": 0.7, "y": 1.3},)
