"""What a new network's rooms and pages say, in each of its languages. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from community.core.language_folders import LANGUAGES, language
from community.core.messages import Message, msg, translator

_DESCRIBED = {
    "first_city": msg("First city"),
    "first_theme": msg("First theme"),
    "first_theme_summary": msg("What the theme is about, in one sentence."),
    "coordinator": msg("Coordinator"),
    "coordinator_name": msg("Coordinator"),
    "city_lead": msg("City lead"),
    "member": msg("Member of a city team"),
    "lobby": msg("Lobby"),
    "lobby_topic": msg("Welcome. To find out whom to ask, mention Palabre or write: !p and your question."),
    "announcements": msg("Announcements"),
    "announcements_topic": msg(
        "What everybody should know. This room is for reading; to reply, go to the lobby."
    ),
    "coordination": msg("Coordination"),
    "coordination_topic": msg("Among us. Here Palabre also tells whom it cannot reach."),
    "exchange_topic": msg(
        "Experience, questions, tools. To find a contact or a document: !p and your question."
    ),
}
_ONE_NAME = ("coordinator_name",)
"""What is a person's name: one text, not one for each language."""
_WELCOME = {
    "sign_in": msg("Sign in with your user name and your password."),
    "sign_in_link": msg("Sign in"),
    "phone": msg("On a phone, install the app Element X first. Then:"),
    "phone_link": msg("sign in on this phone"),
    "no_account": msg("You have no account? People come by an invitation: ask the coordinators for one."),
}


def described_texts(languages: tuple[str, ...], roots: tuple[Path, ...]) -> dict[str, str]:
    """Return each text of a new description as YAML; ``roots`` have the translations."""
    return {name: _yaml(name, message, languages, roots) for name, message in _DESCRIBED.items()}


def example_texts(roots: tuple[Path, ...]) -> Mapping[str, frozenset[str]]:
    """Return, of each text of a new description, what it is in any language."""
    translators = [translator(code, roots) for code in LANGUAGES]
    return {
        name: frozenset(each(message) for each in translators) | {str(message)}
        for name, message in _DESCRIBED.items()
    }


def _yaml(name: str, message: Message, languages: tuple[str, ...], roots: tuple[Path, ...]) -> str:
    # English that is marked as another language would be read out as that.
    known = [code for code in languages if code in LANGUAGES or code == languages[0]]
    texts = {code: translator(code, roots)(message) for code in known}
    if len(known) == 1 or name in _ONE_NAME:
        return quoted(texts[languages[0]])
    return f"{{{', '.join(f'{code}: {quoted(text)}' for code, text in texts.items())}}}"


def welcome_parts(languages: tuple[str, ...], roots: tuple[Path, ...]) -> list[Mapping[str, str]]:
    """Return what the welcome page says, once for each language that has a translation, in the network's order."""
    known = [code for code in languages if code in LANGUAGES] or ["en"]
    return [
        {
            "code": code,
            "direction": "rtl" if language(code).right_to_left else "ltr",
            **{name: translator(code, roots)(message) for name, message in _WELCOME.items()},
        }
        for code in known
    ]


def quoted(value: Any) -> str:
    """Return a text in quotation marks, as JSON and YAML both read it."""
    return json.dumps(value, ensure_ascii=False)
