"""Accounts on the homeserver: the pinned identity of each person, and the faults that accounts can have."""
