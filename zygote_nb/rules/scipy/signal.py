"""``scipy.signal``: convolutions and linear filters."""

from scipy import signal

from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.registry import multilinear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime import filters
from zygote_nb.runtime.filters import (
    convolve_left,
    convolve_right,
    correlate_left,
    correlate_right,
    lfilter_denominator,
    lfilter_numerator,
    lfilter_signal,
    lfilter_tangent,
)

multilinear_rule(signal.convolve, lambda dy, y, in1, in2, mode="full", method="auto": (
    convolve_left(dy, in1, in2, mode), convolve_right(dy, in1, in2, mode)
))  # fmt: skip
multilinear_rule(signal.correlate, lambda dy, y, in1, in2, mode="full", method="auto": (
    correlate_left(dy, in1, in2, mode), correlate_right(dy, in1, in2, mode)
))  # fmt: skip


def by_transforms(fn):
    @multilinear_rule(fn)
    def fftconvolve_pullback(dy, y, in1, in2, mode="full", axes=None):
        if axes is not None:
            raise NotImplementedError("with axes= it is not differentiated; leave it out, or loop over the other axes")
        return convolve_left(dy, in1, in2, mode), convolve_right(dy, in1, in2, mode)


for _fn in (signal.fftconvolve, signal.oaconvolve):
    by_transforms(_fn)


@pullback_rule(signal.lfilter)
def lfilter_pullback(dy, y, b, a, x, axis=-1, zi=None):
    if zi is not None:
        raise NotImplementedError("with an initial state `zi` it is not differentiated; put the past before the signal")
    return (
        lfilter_numerator(dy, b, a, x, axis),
        lfilter_denominator(dy, b, a, y, axis),
        lfilter_signal(dy, b, a, x, axis),
    )


pushforward_rule(signal.lfilter, lambda t, y, b, a, x, axis=-1, zi=None: lfilter_tangent(t, y, b, a, x, axis))

by_source(
    filters.convolve_left, filters.convolve_right, filters.correlate_left, filters.correlate_right,
    filters.lfilter_signal, filters.lfilter_numerator, filters.lfilter_denominator,
)  # fmt: skip
