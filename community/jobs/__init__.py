"""Jobs, durable work that one process asks another to do: the kinds with their payloads, backoff, the worker.

The table is `community.storage.jobs`. A kind is one subclass of `JobPayload`, listed in `kinds`.
"""
