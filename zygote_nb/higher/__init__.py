"""What is built on top of a gradient: forward mode, gradients as functions, higher derivatives."""
