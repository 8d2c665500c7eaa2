"""From the statements of a primal program to those of their adjoints."""
