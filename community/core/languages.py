"""The languages that sentences exist in."""

from __future__ import annotations

SOURCE_LANGUAGE = "en"
COMPLETE_LANGUAGES = ("en", "fr")
"""The languages every sentence exists in from its first day."""
CHAT_LANGUAGES = ("en", "fr", "pt", "ar")
"""The languages that the bot is asked in and answers in: every sentence said in chat exists in them.

A test lists the modules in which such sentences stand.
"""
