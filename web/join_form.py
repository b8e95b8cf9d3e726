"""What somebody has filled in on the page of an invitation, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.description.fields import is_key, is_username
from community.joining.account_request import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    AccountRequest,
    PublishedInvitation,
)
from community.joining.published import PublishedNetwork
from community.joining.usernames import username_for, username_meant

MOST_BYTES = 20_000
"""Of a form that is sent."""
_MOST_FIELDS = 500
_LONGEST_NAME = 120
_LONGEST_VALUE = 500
_LONGEST_VERSION = 63
"""Characters of the version of rules, less one by which a longer one is seen."""
_EXAMPLE = "awa.diallo"

Faults = Mapping[str, Message]
"""What is wrong, by the name of the field."""
WHOLE_FORM = ""
"""In place of a field, where something is wrong with what no field has."""


@dataclass(frozen=True, slots=True)
class JoinForm:
    """What was filled in, or is to stand there at first. ``again`` is None where the password is asked for once.

    ``token``: what the page has shown that is sent. Neither the password nor the token is in its ``repr``.
    """

    name: str = ""
    username: str = ""
    language: str = ""
    city: str = ""
    themes: tuple[str, ...] = ()
    consent: str = ""
    password: str = field(default="", repr=False)
    again: str | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)

    @property
    def username_sent(self) -> str:
        """The user name that is meant: what was typed, else the one that the name makes, if any."""
        return username_meant(self.username) or username_for(self.name) or ""


def first_form(invitation: PublishedInvitation, language: str) -> JoinForm:
    """Return what stands in the form at first; who changes the language of the page is spoken to in that."""
    name = invitation.name or ""
    username = invitation.username or username_for(name) or ""
    return JoinForm(name, username, language, invitation.city or "", invitation.themes)


def read_form(body: bytes) -> JoinForm | None:
    """Return what was sent; None where it is no form of ours."""
    try:
        fields = parse_qs(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        return None

    def one(name: str, longest: int = _LONGEST_VALUE) -> str:
        return fields.get(name, [""])[-1][: longest + 1]

    return JoinForm(
        name=one_line(one("name")),
        username=one_line(one("username")),
        language=one("language"),
        city="".join(filter(is_key, fields.get("city", [])[-1:])),
        themes=tuple(dict.fromkeys(filter(is_key, fields.get("theme", [])))),
        consent=one("consent", _LONGEST_VERSION),
        password=one("password"),
        again=one("again") if "again" in fields else None,
        token=one("token"),
    )


def form_faults(form: JoinForm, version: str) -> Faults:
    """Return what is wrong that can be known here, in the order of the page; ``version``: of the rules shown."""
    return {
        name: fault
        for name, found in (
            ("consent", _consent(form, version)),
            ("name", _name(form.name)),
            ("username", _username(form)),
            ("password", _password(form)),
            ("again", _again(form)),
        )
        for fault in found
    }


def other_username(form: JoinForm, network: PublishedNetwork, city: str | None) -> str:
    """Return a user name that somebody may take whose own is taken."""
    ending = (
        username_for(network.cities[city].text()) if city in network.cities and city is not None else None
    )
    return f"{form.username_sent[:30]}.{ending or '2'}"


def _consent(form: JoinForm, version: str) -> Iterator[Message]:
    if not form.consent:
        yield msg("To come in, please agree to the rules.")
    elif form.consent != version:
        yield rules_changed()


def rules_changed() -> Message:
    """Return what is said to whoever has agreed to other rules than those of now."""
    return msg("The rules have changed meanwhile: please read them again.")


def _name(name: str) -> Iterator[Message]:
    if not name:
        yield msg("Please write your name.")
    elif len(name) > _LONGEST_NAME:
        yield msg("This name is too long: at most {count} characters.", count=_LONGEST_NAME)


def _username(form: JoinForm) -> Iterator[Message]:
    meant = form.username_sent
    if not meant and form.name:
        yield msg("Please choose a user name in Latin letters, such as {example}.", example=_EXAMPLE)
    elif meant and not is_username(meant):
        yield msg(
            "A user name has small letters from a to z, digits and dots, and no blanks: such as {example}.",
            example=username_for(meant) or _EXAMPLE,
        )


def _password(form: JoinForm) -> Iterator[Message]:
    length = len(form.password)
    if not length:
        yield msg("Please choose a password.")
    elif length < SHORTEST_PASSWORD:
        yield msg(
            "This password is too short: at least {count} characters, best several words.",
            count=SHORTEST_PASSWORD,
        )
    elif length > LONGEST_PASSWORD:
        yield msg("This password is too long: at most {count} characters.", count=LONGEST_PASSWORD)
    elif form.password.strip() != form.password:
        yield msg("This password begins or ends with a blank, which is easily forgotten: leave it out.")


def _again(form: JoinForm) -> Iterator[Message]:
    if form.again is not None and form.password and form.again != form.password:
        yield msg("The two passwords are not the same: please write both once more.")


def account_request(
    form: JoinForm, secret: str, invitation: PublishedInvitation | None, languages: Sequence[str]
) -> AccountRequest:
    """Return what is asked of the provisioner for a form without faults.

    ``invitation``: None where the link was closed while the form was filled in: then what was sent counts, since who
    sends it twice is to be answered twice.
    """
    open_city = invitation is None or invitation.is_city_open
    open_themes = invitation is None or (invitation.are_themes_open and not invitation.themes)
    fixed = None if invitation is None else invitation.username
    return AccountRequest(
        secret=secret,
        username=fixed or form.username_sent,
        name=form.name,
        password=form.password,
        language=form.language if form.language in languages else languages[0],
        city=(form.city or None) if open_city else None,
        themes=form.themes if open_themes else (),
        consent=form.consent,
    )
