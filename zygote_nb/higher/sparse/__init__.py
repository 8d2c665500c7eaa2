"""Derivatives most of whose entries are zero: their pattern, groups of columns, and the entries."""
