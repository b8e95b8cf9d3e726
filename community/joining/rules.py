"""The rules of the space, which whoever comes by an invitation agrees to, and their version. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import community
from community.core.language_folders import LANGUAGES
from community.core.messages import msg, translator
from community.description.fields import Localized
from community.description.model import Community

_HERE = Path(community.__file__).parent
_USUAL = (
    msg("Speak with respect, also where you disagree. No insults, no threats, no advertising."),
    msg("What is said in a room stays in it. Ask before you pass on somebody's words, picture or number."),
    msg("Use your own name, and give your password to nobody, not even to us."),
    msg("If something troubles you, tell the coordinators: they listen, and tell nobody who has told them."),
    msg("Coordinators may take out messages, and people, that break these rules."),
    msg(
        "Everybody in a room can read what is written there, and so can the bot that answers questions, where it is a "
        "member. Whoever runs the server sees who is in which room, and who writes when."
    ),
    msg("You can leave whenever you wish, and ask at any time what is kept about you."),
)
"""Of a network that has written none itself."""


def rules_of(community: Community) -> tuple[Localized, ...]:
    """Return the rules of a network: its own, else the usual ones in each language that we speak."""
    return community.rules or _usual_rules()


def rules_version(rules: Sequence[Localized]) -> str:
    """Return the version of rules: a digest of all that is shown of them, in whatever language."""
    shown = json.dumps([dict(sorted(rule)) for rule in rules], ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _usual_rules() -> tuple[Localized, ...]:
    speaking = {language: translator(language, (_HERE,)) for language in LANGUAGES}
    return tuple(Localized({language: say(rule) for language, say in speaking.items()}) for rule in _USUAL)
