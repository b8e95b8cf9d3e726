"""Talking to a homeserver: one HTTP adapter, its error codes, typed ids, the locator, the admin calls.

Knows the Matrix specification and Synapse's admin API; does not know rooms' purposes, bots or encryption, and
never imports nio.
"""
