"""An epidemic (SEIR) as an object with a history; squared error against reported cases."""

import numpy as np


class Epidemic:
    def __init__(self, population, infected, rates):
        self.s = population - infected
        self.e = 0.0
        self.i = infected
        self.r = 0.0
        self.rates = rates
        self.cases = []

    @property
    def total(self):
        return self.s + self.e + self.i + self.r

    def step(self, contact):
        infection = self.rates["beta"] * contact * self.s * self.i / self.total
        onset = self.rates["sigma"] * self.e
        recovery = self.rates["gamma"] * self.i
        self.s -= infection
        self.e += infection - onset
        self.i += onset - recovery
        self.r += recovery
        return onset


def f(rates, infected, contacts, reported):
    model = Epidemic(1000.0, infected, rates)
    error = 0.0
    for contact, cases in zip(contacts, reported):
        error += (model.step(contact) - cases) ** 2
    return error / len(reported) + 0.01 * model.r


def args():
    rates = {"beta": 0.6, "sigma": 0.3, "gamma": 0.2}
    return rates, 5.0, np.array([1.0, 1.0, 0.8, 0.5, 0.5]), np.array([0.0, 1.0, 2.0, 3.0, 4.0])
