"""What is answered at the address of an invitation: its page, and what becomes of the form that is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from community.core.address_secret import digest_of
from community.core.language_folders import LANGUAGES
from community.joining.account_request import PublishedInvitation
from community.joining.address import JOINING
from community.joining.desk import JoiningDesk
from community.joining.published import PublishedNetwork, published_invitation, published_network
from web.join_asked import PageAnswer, PageAsker, SentForm, spoken_by
from web.join_form import WHOLE_FORM, JoinForm, account_request, first_form, form_faults, read_form
from web.join_page import (
    JoinPage,
    MadePage,
    closed_page,
    made_before_page,
    not_from_here_page,
    too_often_page,
)
from web.join_refusals import STALE, TOO_MANY, GivenBack, given_back
from web.join_seals import MadeAccount, PageSeals
from web.limits import AddressLimit

MADE = "made"
"""What follows `JOINING` in the address that says that an account was made; no secret is so short."""


@dataclass(frozen=True, slots=True)
class JoinLimits:
    """How often one address may ask and send, and how often the form of one link may be sent: at once, each second.

    A whole workshop comes by one link, and from one address.
    """

    asked: AddressLimit = field(default_factory=lambda: AddressLimit(300, 5.0))
    sent: AddressLimit = field(default_factory=lambda: AddressLimit(100, 1.0))
    link: AddressLimit = field(default_factory=lambda: AddressLimit(60, 0.5))


class JoiningPages:
    """The pages in a folder. Whatever is read is read again at each request: what was closed is not there any more."""

    def __init__(
        self,
        folder: Path,
        desk: JoiningDesk,
        now: Callable[[], datetime],
        key: bytes,
        limits: JoinLimits | None = None,
    ) -> None:
        self._folder = folder
        self._desk = desk
        self._now = now
        self._seals = PageSeals(key)
        self._limits = limits or JoinLimits()
        self._telling: set[asyncio.Future[None]] = set()

    async def shown(self, secret: str, language: str, asker: PageAsker) -> PageAnswer:
        """Return the page of a link, in a language or (empty) that of the invitation."""
        now = self._now()
        wait = self._limits.asked.wait(asker.address, now)
        if wait:
            return _too_often(language, asker, wait)
        link = await self._link(secret, now)
        if link is None or language not in ("", *LANGUAGES):
            return _closed(language, asker)
        spoken = spoken_by(language or link.invitation.language, asker)
        if asker.is_person:
            self._note_opened(link.digest)
        return self._page(_ShownForm(link, spoken, first_form(link.invitation, spoken)), now)

    async def sent(self, secret: str, language: str, asker: PageAsker, sent: SentForm) -> PageAnswer:
        """Have an account made for a form, and lead to the page that says so; else return the form, or why not."""
        now, digest, form = self._now(), digest_of(secret), read_form(sent.body)
        if not sent.is_from_here or form is None:
            return PageAnswer(HTTPStatus.FORBIDDEN, not_from_here_page(spoken_by(language, asker)))
        if digest is None:
            return _closed(language, asker)
        wait = max(self._limits.sent.wait(asker.address, now), self._limits.link.wait(digest, now))
        is_ours = self._seals.is_of_form(form.token, digest, now)
        link = await self._link(secret, now)
        if link is not None:
            shown = _ShownForm(link, spoken_by(language, asker), form)
            return await self._sent(shown, asker, now, wait, is_ours=is_ours)
        if is_ours and not wait:
            return await self._sent_late(secret, form, language, asker)
        return _closed(language, asker)

    async def _sent(
        self, shown: _ShownForm, asker: PageAsker, now: datetime, wait: int, *, is_ours: bool
    ) -> PageAnswer:
        link, form = shown.link, shown.form
        if wait:
            back = GivenBack({WHOLE_FORM: TOO_MANY}, HTTPStatus.TOO_MANY_REQUESTS, wait)
            return self._page(shown, now, back)
        faults = form_faults(form, link.network.version) if is_ours else {WHOLE_FORM: STALE}
        if faults:
            return self._page(shown, now, GivenBack(faults))
        request = account_request(form, link.secret, link.invitation, LANGUAGES)
        answer = await self._desk.make_account(request)
        if answer.user_id is not None:
            return self._made(MadeAccount(request.username, request.language, link.invitation.greeter))
        refused = given_back(answer, form, link.invitation, link.network)
        return _closed(shown.language, asker) if refused is None else self._page(shown, now, refused)

    def made(self, ticket: str, asker: PageAsker) -> PageAnswer:
        """Return the page that says that an account was made."""
        now = self._now()
        wait = self._limits.asked.wait(asker.address, now)
        if wait:
            return _too_often("", asker, wait)
        made, network = self._seals.made(ticket, now), published_network(self._folder)
        if made is None or network is None:
            return PageAnswer(HTTPStatus.NOT_FOUND, made_before_page(spoken_by("", asker)))
        return PageAnswer(HTTPStatus.OK, MadePage(network, made).html())

    def _note_opened(self, digest: str) -> None:
        """Tell the desk, for which nobody waits."""
        telling = asyncio.ensure_future(self._desk.opened(digest))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _link(self, secret: str, now: datetime) -> _OpenLink | None:
        digest = digest_of(secret)
        if digest is None:
            return None
        invitation = await asyncio.to_thread(published_invitation, self._folder, digest)
        network = None if invitation is None else await asyncio.to_thread(published_network, self._folder)
        if invitation is None or network is None or now >= datetime.fromisoformat(invitation.expires_at):
            return None
        return _OpenLink(secret, digest, invitation, network)

    async def _sent_late(self, secret: str, form: JoinForm, language: str, asker: PageAsker) -> PageAnswer:
        """Answer a form of a link that was closed since it was shown: by the same form, sent twice, as like as not."""
        request = None if form_faults(form, form.consent) else account_request(form, secret, None, LANGUAGES)
        answer = None if request is None else await self._desk.make_account(request)
        if request is None or answer is None or answer.user_id is None:
            return _closed(language, asker)
        return self._made(MadeAccount(request.username, request.language))

    def _made(self, made: MadeAccount) -> PageAnswer:
        """Lead to the page that says so: to load that again sends nothing."""
        location = f"{JOINING}/{MADE}/{self._seals.ticket(made, self._now())}"
        return PageAnswer(HTTPStatus.SEE_OTHER, location=location)

    def _page(self, shown: _ShownForm, now: datetime, back: GivenBack | None = None) -> PageAnswer:
        link = shown.link
        page = JoinPage(
            link.network,
            link.invitation,
            shown.language,
            f"{JOINING}/{link.secret}",
            self._seals.form_token(link.digest, now),
            shown.form if back is None or back.form is None else back.form,
            {} if back is None else back.faults,
        )
        if back is None:
            return PageAnswer(HTTPStatus.OK, page.html())
        return PageAnswer(back.status, page.html(), retry_after=back.retry_after)


@dataclass(frozen=True, slots=True)
class _OpenLink:
    """A link by which somebody can come, and its network."""

    secret: str = field(repr=False)
    digest: str
    invitation: PublishedInvitation
    network: PublishedNetwork


@dataclass(frozen=True, slots=True)
class _ShownForm:
    """The page of a link in a language, with what stands in its form."""

    link: _OpenLink
    language: str
    form: JoinForm


def _closed(language: str, asker: PageAsker) -> PageAnswer:
    return PageAnswer(HTTPStatus.NOT_FOUND, closed_page(spoken_by(language, asker)))


def _too_often(language: str, asker: PageAsker, wait: int) -> PageAnswer:
    page = too_often_page(spoken_by(language, asker))
    return PageAnswer(HTTPStatus.TOO_MANY_REQUESTS, page, retry_after=wait)
