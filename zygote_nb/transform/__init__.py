"""From the primal IR to the IR of derivatives."""
