"""Derivatives inside of functions that are differentiated."""

from zygote_nb.higher.inside import verbs

__all__ = ["verbs"]
