"""What gradients cost: `python -m benchmarks` measures, prints one table and writes RESULTS.md."""
