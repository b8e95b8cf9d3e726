"""What `benchmarks/provision.py` measures with: a PostgreSQL of its own."""
