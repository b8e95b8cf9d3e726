"""How a kind of value refuses what it is given, and what an editor shows of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from community.core.messages import Message
from community.core.patterns import pattern_of


def refused(kind: str, message: Message) -> PydanticCustomError:
    """Return the error that a validator raises to say ``message``; ``kind`` names it for programs."""
    # pydantic fills the template into its own message; the context carries it on for translation.
    return PydanticCustomError(kind, message.msgid, {**message.params, "template": message.msgid})


def without_password(text: str) -> str:
    """Return ``text`` without the user name and password in an address (RFC 3986, userinfo).

    Up to the last @: people write a password with @ or / in it as it is.
    """
    return re.sub(r"//\S*@", "//…@", text)


def matching(pattern: str, kind: str, sentence: Callable[[str], Message]) -> AfterValidator:
    """Return what refuses a text that is not as ``pattern``, in a ``sentence`` about it.

    pydantic's own constraint would show people the regular expression.
    """

    def taken(value: str) -> str:
        if not pattern_of(pattern).fullmatch(value):
            raise refused(kind, sentence(value))
        return value

    return AfterValidator(taken)


def form(pattern: str, what: str, expected: str, **more: object) -> WithJsonSchema:
    """Return how an editor sees a kind of text (`community.description.schema`): its pattern, and in words what it is.

    ``patternErrorMessage`` is what the editors of VS Code's family say of another text (not part of JSON Schema). A
    pattern is read by ECMAScript too, with its flag u.
    """
    form = {"type": "string", "pattern": pattern, "patternErrorMessage": f"Expected {expected}."}
    return WithJsonSchema({**form, "description": what, **more})


def up_to(longest: int) -> WithJsonSchema:
    """Return how an editor sees a text of at most ``longest`` characters."""
    # The length counts without the blanks at both ends, which are taken away.
    pattern = rf"^\s*\S(?:[\s\S]{{0,{longest - 2}}}\S)?\s*$"
    return form(pattern, f"A text of at most {longest} characters.", f"a text of 1 to {longest} characters")
