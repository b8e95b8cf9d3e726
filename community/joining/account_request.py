"""What the joining page asks of the provisioner, and what it is answered. Pure.

`web` has no store and no token: it sends an `AccountRequest` over a socket that only it and the provisioner can open.
The provisioner decides everything again that the page has checked, since whoever writes to that socket may be anybody
who has taken the page over.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from pydantic import ConfigDict, Field

from community.core.messages import Message, msg
from community.description.described import Described
from community.description.fields import Key, LanguageCode, Name, Username

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
"""Characters of a password."""


class AccountRequest(Described):
    """What somebody has filled in on the page of an invitation.

    ``secret``: that of the link. ``consent``: the version of the rules that they have agreed to. ``city`` and
    ``themes`` count only as far as the invitation leaves them open. Neither the secret nor the password is in its
    ``repr``, nor in what is said of a value that it may not have.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    secret: str = Field(repr=False, min_length=1, max_length=100)
    username: Username
    name: Name
    password: str = Field(repr=False, min_length=1, max_length=LONGEST_PASSWORD)
    language: LanguageCode
    city: Key | None = None
    themes: tuple[Key, ...] = ()
    consent: str = Field(min_length=1, max_length=64)


class AccountRefusal(StrEnum):
    """Why no account was made; the page has a sentence for each, in the reader's language."""

    UNKNOWN_LINK = "unknown link"
    USED_UP = "used up"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NAME_TAKEN = "name taken"
    """Somebody has, or had, that user name; or another one is meant by the invitation."""
    WEAK_PASSWORD = "weak password"
    OTHER_RULES = "other rules"
    """The rules of the space have changed since the page was shown: they are to be read again."""
    NOT_OFFERED = "not offered"
    """A city, a theme or a language that the network does not have, or that the invitation does not offer."""
    TOO_MANY = "too many tries"
    NOT_NOW = "not now"
    """The homeserver or the store does not answer: nothing is lost, and the same again works later."""


class PasswordFault(StrEnum):
    """Why a password is too weak."""

    SHORT = "short"
    NAMES = "names"
    """It is made of the names of the person, of their place or of the network."""
    COMMON = "common"
    """It is among those that are tried first, or made of such words."""
    PATTERN = "pattern"
    """A date, neighbours on a keyboard, or the same again and again."""
    GUESSABLE = "guessable"
    UNTYPABLE = "untypable"
    """It has a character that no keyboard writes."""


def password_fault_text(fault: PasswordFault) -> Message:
    """Return what somebody is told of a password that is too weak, and what would be better."""
    match fault:
        case PasswordFault.SHORT:
            return msg("At least {shortest} characters, please.", shortest=SHORTEST_PASSWORD)
        case PasswordFault.NAMES:
            return msg("Leave out your own name, that of your place and that of the network.")
        case PasswordFault.COMMON:
            return msg(
                "Many people use this one, so it is tried first: take several words that only you connect."
            )
        case PasswordFault.PATTERN:
            return msg("Dates, rows of letters and repetitions are quickly guessed: add some words.")
        case PasswordFault.GUESSABLE:
            return msg("It would be guessed: add a word or two.")
        case PasswordFault.UNTYPABLE:
            return msg("It has a character that a keyboard cannot write: type it anew.")
        case _:
            assert_never(fault)


class AccountAnswer(Described):
    """What the provisioner answers: the Matrix ID of the account, or why there is none.

    ``password_fault``: beside ``refusal``, why the password is too weak. ``is_new`` is false where the same person had
    made it before by the same link: a page sent twice is answered twice.
    """

    user_id: str | None = None
    refusal: AccountRefusal | None = None
    password_fault: PasswordFault | None = None
    is_new: bool = True


class PublishedInvitation(Described):
    """What the page of an open link may show, as the provisioner publishes it for `web`.

    Its file is named by the digest of the link's secret.

    ``inviter``: the name of the member who invites, None where somebody has made it at the terminal. ``name`` and
    ``username``: of whom it is for, where that is said. ``is_city_open`` and ``are_themes_open``: whether whoever comes
    may choose their city, and themes where the link names none. ``asked``: those of the themes on which others decide.
    ``expires_at``: ISO 8601, on the community's clock. ``rules``: the version of the space's rules to be agreed to.
    """

    inviter: str | None = None
    greeter: str | None = None
    name: str | None = None
    username: Username | None = None
    role: Key
    city: Key | None = None
    is_city_open: bool = False
    themes: tuple[Key, ...] = ()
    are_themes_open: bool = True
    asked: tuple[Key, ...] = ()
    language: LanguageCode
    expires_at: str
    rules: str
