"""The explorer: a function under sliders, its value and gradient drawn, its sweeps step by step."""
