"""What `benchmarks/encryption.py` measures with: a populated homeserver and the contenders."""
