"""The pages of an invitation as HTML, in one language: its form, what follows it, and those that end there. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from community.core.language_folders import LANGUAGES
from community.core.language_folders import language as known
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg, translator
from community.core.plain_text import one_line
from community.description.fields import Localized
from community.joining.account_request import SHORTEST_PASSWORD, PublishedInvitation
from community.joining.element_link import phone_link
from community.joining.invitation_text import invited, others_decide, own_themes, role_there
from community.joining.published import PublishedNetwork
from web.drawing import ROOTS, page_template
from web.join_form import WHOLE_FORM, Faults, JoinForm
from web.join_seals import MadeAccount

_STYLE = page_template("join.css").render()
_SCRIPT = page_template("join.js").render()
_LONGEST_NAME = 120
_ANDROID = "https://play.google.com/store/apps/details?id=io.element.android.x"
_IPHONE = "https://apps.apple.com/app/element-x-secure-chat-call/id1631335820"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src {_hash(_STYLE)}",
        f"script-src {_hash(_SCRIPT)}",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy of these pages: their own style and script, and nothing else at all."""


@dataclass(frozen=True, slots=True)
class JoinPage:
    """The page of an open link. ``address``: its path on this server, without a language."""

    network: PublishedNetwork
    invitation: PublishedInvitation
    language: str
    address: str
    token: str
    form: JoinForm
    faults: Faults = field(default_factory=dict)

    def html(self) -> str:
        """Return the page."""
        say = self._translator()
        network, invitation, text = self.network, self.invitation, self._text
        # Of whoever is a member already, all but the password is said.
        is_described = invitation.username is not None
        day = locale_texts(self.language).day(datetime.fromisoformat(invitation.expires_at).date())
        return _draw(
            "join.html.j2",
            say,
            page=self,
            title=text(network.name),
            lines=[*self._lines(say)],
            rules=[text(rule) for rule in network.rules],
            is_described=is_described,
            # Of a name in other letters none can be made.
            is_username_made=not invitation.name and known(self.language).letters == "LATIN",
            cities=self._choices(network.cities) if invitation.is_city_open and not is_described else [],
            themes=self._choices(network.choosable)
            if invitation.are_themes_open and not invitation.themes and not is_described
            else [],
            spoken=[(code, known(code).name) for code in LANGUAGES],
            faults={name: say(fault) for name, fault in self.faults.items()},
            whole=WHOLE_FORM,
            first=next(iter(self.faults), None),
            until=say(msg("This invitation works until {day}.", day=day)),
            shortest=say(_password_wanted(SHORTEST_PASSWORD)),
            your_place=say(msg("Your {place}")),
            said=_said(say, _FORM),
        )

    def _translator(self) -> Translator:
        places = self.network.places
        return translator(self.language, ROOTS, None if places is None else places.pair(self.language))

    def _text(self, text: Localized) -> str:
        return one_line(text.text(self.language))

    def _lines(self, say: Translator) -> Iterable[str]:
        """Yield who invites, to what, and who receives whoever comes."""
        network, invitation = self.network, self.invitation
        inviter = None if invitation.inviter is None else one_line(invitation.inviter, longest=_LONGEST_NAME)
        yield say(invited(inviter, self._text(network.name)))
        role = network.roles.get(invitation.role)
        city = None if invitation.city is None else network.cities.get(invitation.city)
        if role is not None:
            yield say(role_there(self._text(role), None if city is None else self._text(city)))
        themes = self._themes(key for key in invitation.themes if key not in invitation.asked)
        if themes:
            yield say(own_themes(themes, self.language))
        asked = self._themes(invitation.asked)
        if asked:
            yield say(others_decide(asked, self.language))
        if invitation.greeter is not None:
            yield say(_answering(invitation.greeter))

    def _themes(self, keys: Iterable[str]) -> list[str]:
        """Return the names of themes, without those that there are no more."""
        return [self._text(self.network.themes[key]) for key in keys if key in self.network.themes]

    def _choices(self, named: Mapping[str, Localized]) -> list[tuple[str, str]]:
        """Return what can be chosen, by name."""
        found = [(key, self._text(name)) for key, name in named.items()]
        return sorted(found, key=lambda pair: pair[1].casefold())


@dataclass(frozen=True, slots=True)
class MadePage:
    """The page that says that an account is made, and what to do now."""

    network: PublishedNetwork
    made: MadeAccount

    def html(self) -> str:
        """Return the page."""
        network, language = self.network, self.made.language
        say, greeter = translator(language, ROOTS), self.made.greeter
        is_reached = network.homeserver is None
        return _draw(
            "joined.html.j2",
            say,
            title=one_line(network.name.text(language)),
            username=self.made.username,
            phone=phone_link(network.server_name, self.made.username) if is_reached else None,
            stores=(("Android", _ANDROID), ("iPhone", _IPHONE)),
            desk=None if network.element is None else f"{network.element}/#/login",
            here=None
            if is_reached
            else say(
                msg(
                    "This network runs on one computer only, to try it: open Element there, choose “Sign in”, and give "
                    "{address} as the address of the server.",
                    address=network.homeserver,
                )
            ),
            greeter=None if greeter is None else say(_answering(greeter)),
            question=_as_a_sentence(network.questions.get(language) or say(msg("Which spaces are there?"))),
            said=_said(say, _MADE),
        )


def _as_a_sentence(question: str) -> str:
    return question[:1].upper() + question[1:]


def _answering(greeter: str) -> Message:
    return msg(
        "{name} answers your questions: the first message that you get after signing in shows how to write to them.",
        name=one_line(greeter, longest=_LONGEST_NAME),
    )


def _password_wanted(count: int) -> Message:
    return msg(
        "At least {count} characters, without your name or that of your place. Best is a short sentence that you use "
        "nowhere else.",
        count=count,
    )


def closed_page(language: str) -> str:
    """Return the page of a link by which nobody can come: the same whether it ever was one."""
    return _short_page(language, _CLOSED, _CLOSED_MORE)


def too_often_page(language: str) -> str:
    """Return the page of whoever asks too often."""
    return _short_page(language, _TOO_OFTEN, _TOO_OFTEN_MORE)


def not_from_here_page(language: str) -> str:
    """Return the page of a form that another site has sent, or that is none of ours."""
    return _short_page(language, _NOT_FROM_HERE, _NOT_FROM_HERE_MORE)


def made_before_page(language: str) -> str:
    """Return the page where it is not shown any more that an account was made."""
    return _short_page(language, _MADE_BEFORE, _MADE_BEFORE_MORE)


def _short_page(language: str, title: Message, more: Message) -> str:
    say = translator(language, ROOTS)
    return _draw("join_closed.html.j2", say, title=say(title), more=say(more))


def _draw(template: str, say: Translator, **values: Any) -> str:
    direction = "rtl" if known(say.language).right_to_left else "ltr"
    return page_template(template).render(
        language=say.language, direction=direction, style=_STYLE, script=_SCRIPT, **values
    )


def _said(say: Translator, sentences: Mapping[str, Message]) -> dict[str, str]:
    return {name: say(message) for name, message in sentences.items()}


_FORM = {
    "languages": msg("Languages"),
    "look": msg("Please look at this again:"),
    "rules": msg("The rules here"),
    "agree": msg("I have read the rules, and I keep to them."),
    "about": msg("About you"),
    "name": msg("Your name"),
    "name_more": msg("Everybody in the network sees it."),
    "username": msg("User name"),
    "username_more": msg(
        "You sign in with it. Small letters without accents, digits and dots; it can never be changed."
    ),
    "username_empty": msg("If you leave it empty, it is made from your name."),
    "username_fixed": msg("You sign in with it."),
    "password": msg("Password"),
    "show": msg("Show the password"),
    "again": msg("The password once more"),
    "language": msg("The language in which you are written to"),
    "no_city": msg("none: the whole network"),
    "themes": msg("What interests you"),
    "themes_more": msg("You can change it later."),
    "send": msg("Make my account"),
}
_MADE = {
    "made": msg("Your account is made"),
    "username": msg("Your user name"),
    "keep": msg("Write it down, and remember your password: nobody else knows it."),
    "phone": msg("On a telephone"),
    "install": msg("Install the app Element X:"),
    "then": msg("Come back to this page, and tap here:"),
    "open": msg("Sign in with Element X"),
    "password": msg("Write your password. Your user name is there already."),
    "desk": msg("On a computer"),
    "open_desk": msg("Sign in in the browser"),
    "key": msg("The recovery key"),
    "key_more": msg(
        "Soon the app offers you a recovery key, a long row of letters and digits. If you lose your telephone or "
        "computer, or get another one, the key gives you back what was written to you. Without it that is lost: "
        "nobody can bring it back, not even us."
    ),
    "key_where": msg("Take it, and keep it on paper or with your passwords, not on this device alone."),
    "first": msg("What to say first"),
    "bot": msg("The bot writes to you by itself. Ask it in your own words, for instance:"),
    "lobby": msg("In the lobby, say who you are and where you come from."),
}
_CLOSED = msg("This invitation cannot be used")
_CLOSED_MORE = msg(
    "It was used already, has run out, or its address is not whole. Ask whoever sent it to you for a new one. If you "
    "have made your account already, open Element and sign in."
)
_TOO_OFTEN = msg("One moment, please")
_TOO_OFTEN_MORE = msg("This was asked for very often. Wait a minute, then load the page again.")
_NOT_FROM_HERE = msg("This was not sent")
_NOT_FROM_HERE_MORE = msg("Open the address of your invitation, and fill in the form there.")
_MADE_BEFORE = msg("This page is shown for one day only")
_MADE_BEFORE_MORE = msg(
    "Your account is there: open Element, and sign in with your user name and your password."
)
