"""How a form is given back of which no account was made. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import assert_never

from community.core.messages import Message, msg
from community.joining.account_request import (
    AccountAnswer,
    AccountRefusal,
    PublishedInvitation,
    password_fault_text,
)
from community.joining.published import PublishedNetwork
from web.join_form import WHOLE_FORM, Faults, JoinForm, other_username, rules_changed

_SOON = 60
"""Seconds after which somebody is asked to try again."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The form with what is wrong, and ``form`` where other values than those that were sent stand in it."""

    faults: Faults
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    retry_after: int | None = None
    form: JoinForm | None = None


TOO_MANY = msg("That was tried very often. Wait a few minutes, then send it again.")
_NOT_NOW = msg(
    "It does not work just now. Nothing is lost: send it again in a few minutes, or open the same link later, with the "
    "same user name and password."
)
"""It is not known here whether anything was done: so far as it was, they go on where they were."""
STALE = msg("This page was open for a long time. Please write your password again, then send it.")
_WEAK = msg("This password is easily guessed: take a short sentence of several words.")
_NOT_OFFERED = msg("What you have chosen is not there any more: please look at it again.")


def given_back(
    answer: AccountAnswer, form: JoinForm, invitation: PublishedInvitation, network: PublishedNetwork
) -> GivenBack | None:
    """Return what is said of a refusal; None where nobody can come by the link any more."""
    refusal = answer.refusal or AccountRefusal.NOT_NOW
    match refusal:
        case (
            AccountRefusal.UNKNOWN_LINK
            | AccountRefusal.USED_UP
            | AccountRefusal.EXPIRED
            | AccountRefusal.REVOKED
        ):
            return None
        case AccountRefusal.NAME_TAKEN:
            return _taken(form, invitation, network)
        case AccountRefusal.WEAK_PASSWORD:
            fault = answer.password_fault
            return GivenBack({"password": _WEAK if fault is None else password_fault_text(fault)})
        case AccountRefusal.OTHER_RULES:
            return GivenBack({"consent": rules_changed()}, form=replace(form, consent=""))
        case AccountRefusal.NOT_OFFERED:
            return GivenBack({WHOLE_FORM: _NOT_OFFERED})
        case AccountRefusal.TOO_MANY:
            return GivenBack({WHOLE_FORM: TOO_MANY}, HTTPStatus.TOO_MANY_REQUESTS, _SOON)
        case AccountRefusal.NOT_NOW:
            return GivenBack({WHOLE_FORM: _NOT_NOW}, HTTPStatus.SERVICE_UNAVAILABLE, _SOON)
        case _:
            assert_never(refusal)


def _taken(form: JoinForm, invitation: PublishedInvitation, network: PublishedNetwork) -> GivenBack:
    name = form.username_sent
    if invitation.username is not None:
        why: Message = msg(
            "“{username}” is taken: ask whoever sent you the invitation.", username=invitation.username
        )
        return GivenBack({"username": why})
    other = other_username(form, network, invitation.city or form.city)
    why = msg("“{username}” is taken: choose another one, such as {example}.", username=name, example=other)
    return GivenBack({"username": why}, form=replace(form, username=name))
