"""Derivative rules: the registry, and one file for each family of functions."""
