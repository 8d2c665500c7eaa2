"""What is wrong with a gradient, or slow, and where: checks, profiles, the origin of a NaN, paths that break off."""
