"""What `benchmarks/restart.py` measures with: many rooms, and what comes back to them."""
