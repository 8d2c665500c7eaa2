"""Forward mode, Jacobians and higher derivatives."""

from zygote_nb.higher.tangents import jvp, pushforward

__all__ = ["jvp", "pushforward"]
