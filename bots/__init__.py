"""Speaks in the rooms: identity and encryption, features, scheduled posts."""
