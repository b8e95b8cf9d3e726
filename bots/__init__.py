"""Speaks in the rooms: identity and encryption, skills, scheduled posts."""
