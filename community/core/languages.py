"""The languages of the program's own commands. Those of the chat are in `community.core.language_folders`."""

from __future__ import annotations

SOURCE_LANGUAGE = "en"
COMPLETE_LANGUAGES = ("en", "fr")
"""The languages every sentence exists in from its first day."""
