"""What one process asks another to do, with typed payloads: telling people something, taking somebody out."""
