"""Generated functions as functions to differentiate: second derivatives, and gradients inside of functions."""
