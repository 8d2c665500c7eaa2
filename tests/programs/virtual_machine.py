"""A tiny virtual machine: registers, a program of integers, jumps that depend on values."""

import numpy as np

LOAD, ADD, MUL, SIN, JUMP_IF_LESS, COPY, HALT = range(7)


def f(constants, code):
    registers = np.zeros(4)
    pc = 0
    steps = 0
    while steps < 100:
        op = code[pc, 0]
        a = code[pc, 1]
        b = code[pc, 2]
        steps += 1
        pc += 1
        if op == LOAD:
            registers[a] = constants[b]
        elif op == ADD:
            registers[a] = registers[a] + registers[b]
        elif op == MUL:
            registers[a] *= registers[b]
        elif op == SIN:
            registers[a] = np.sin(registers[b])
        elif op == JUMP_IF_LESS:
            if registers[a] < registers[b]:
                pc = code[pc - 1, 3]
        elif op == COPY:
            registers[a] = registers[b]
        else:
            break
    return registers[0] * registers[1]


def args():
    code = np.array(
        [
            [LOAD, 0, 0, 0],
            [LOAD, 1, 1, 0],
            [LOAD, 2, 2, 0],
            [ADD, 0, 1, 0],
            [SIN, 3, 0, 0],
            [MUL, 1, 3, 0],
            [JUMP_IF_LESS, 0, 2, 3],
            [HALT, 0, 0, 0],
        ]
    )
    return np.array([0.3, 0.9, 2.0]), code
