"""What is said of the calendar in a telephone: its addresses, how they are used, and who has them made. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.features.feeds.named import name_of_subject
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated
from community.description.feed_subject import FeedSubject
from community.description.model import Community
from community.directory.lines import Line
from community.feeds.address import FeedAddress

NOT_SET_UP = msg(
    "Calendars for telephones are not set up here: this network has no address on the web for them. Tell the "
    "coordinators, who know whoever runs the server."
)
ROOM_ASKS_COORDINATOR = msg(
    "The address for this room's calendar is made by a coordinator, or for a city by its lead: ask them. Of what "
    "concerns you I make one for you alone: write to me directly “put the calendar on my phone”."
)
IN_DIRECT_MESSAGE = msg(
    "I do not say that in this room. Write to me directly “put the calendar on my phone”: there I make an address of "
    "what concerns you, for you alone."
)
ASK_COORDINATOR = msg(
    "That one is made and revoked by a coordinator, or for a city by its lead: ask them. Of what concerns you: “put "
    "the calendar on my phone”."
)
NOBODY_ELSES = msg(
    "Everybody gets their own from me, in a direct message: I make none of what concerns somebody else."
)
NOTHING_TO_REVOKE = msg("There is no such address: nothing is to be revoked.")
REVOKED = msg(
    "It is done: nothing is at that address any more. What a calendar program has read stays in it until it next "
    "looks, and perhaps longer."
)
MAY_LINGER = msg(
    "It is revoked, but may be read for a moment yet. If it is still there in a minute, tell the coordinators."
)
NOT_THERE_YET = msg(
    "The addresses do not answer yet: try again in a minute. If nothing comes then, tell the coordinators."
)
ENOUGH_FOR_TODAY = msg(
    "Those are enough new addresses for today, so I have made none and revoked none. Tomorrow there can be others; "
    "to revoke one is always possible."
)
NOT_ANY_MORE = msg("Nothing was done: you may not have that any more. Ask the coordinators.")
KEPT = msg("All right: the address stays as it is.")
WHICH_OF_THEM = msg("I know several of that name. Write it again, with the whole name.")
_SHOWN_ONCE = msg(
    "Keep it to yourself: whoever has one of these addresses can read it. I show them only this once."
)
_SHOWN_ONCE_TO_ALL = msg(
    "They are for those whom it concerns: whoever has one can read it. I show them only this once."
)
_REPLACED = msg("Nothing is at the address from before any more.")
_ON_THIS_COMPUTER = msg(
    "They lead to the computer that Palabre runs on, and only from there: enough to try it, not for a telephone."
)
_IPHONE = msg(
    "iPhone: copy the first address. Then Settings → Apps → Calendar → Calendar Accounts → Add Account → Other → Add "
    "Subscribed Calendar, and paste it. Leave “Remove Alarms” off."
)
_ANDROID = msg(
    "Android: the free app ICSx⁵ reads the first address. Google's own calendar begins on a computer: "
    "calendar.google.com → Other calendars → + → From URL. Then, on the phone, in its Settings, switch Sync on for it."
)
_GOOGLE = msg(
    "Google in a browser: calendar.google.com → Other calendars → + → From URL, and the address that ends in .ics. "
    "Google looks about once a day and brings no reminders of ours."
)
_SUBSCRIBE = msg(
    "Nextcloud, Thunderbird, Outlook, Proton: “New subscription” or “Add calendar → From Internet”, and the address "
    "that ends in .ics. Where it asks how often to look: every hour."
)


def made_reply(
    subject: FeedSubject,
    address: FeedAddress,
    community: Community,
    translate: Translator,
    *,
    replaces: bool,
    is_for_this_computer: bool,
) -> Reply:
    """Return the reply with the two addresses of a feed, and how they are used."""
    is_own, name = subject.kind == "person", called(subject, community, translate)
    head = [
        msg(
            "Here is the calendar of what concerns you, as it is from now on, with what is moved or cancelled."
        )
        if is_own
        else msg("Here is the calendar of “{name}”, with what is moved or cancelled.", name=name)
    ]
    addresses = [
        Line(translate(msg("For calendar programs:"))),
        Line(address.ics, link=address.ics),
        Line(translate(msg("The month as a page:"))),
        Line(address.page, link=address.page),
    ]
    said = [_SHOWN_ONCE if is_own else _SHOWN_ONCE_TO_ALL]
    said += [_REPLACED] if replaces else []
    said += [_ON_THIS_COMPUTER] if is_for_this_computer else []
    revoking = (
        msg("Another program? Write “other”. Somebody has seen it? Write “revoke my calendar address”.")
        if is_own
        else msg(
            "Another program? Write “other”. Somebody has it who should not? Write “revoke the calendar address: "
            "{name}”.",
            name=name,
        )
    )
    tail = [*said, _IPHONE, _ANDROID, revoking]
    return reply_of(
        [translate(one) for one in head], [addresses], [translate(one) for one in tail], translate.language
    )


def there_already(
    subject: FeedSubject, since: datetime, community: Community, translate: Translator
) -> Reply:
    """Return the question whether one that is there already is to be replaced; ``since`` is in the asker's zone."""
    day = locale_texts(translate.language).day(since)
    if subject.kind == "person":
        return say(
            translate,
            msg(
                "You have one already, since {day}. Its address I cannot show again: I do not keep it.",
                day=day,
            ),
            msg("Shall I make another one? Nothing is at the old address then. If so, write “yes”."),
        )
    name = called(subject, community, translate)
    return say(
        translate,
        msg(
            "There is one of “{name}” already, since {day}. Its address I cannot show again: I do not keep it.",
            name=name,
            day=day,
        ),
        msg(
            "Shall I make another one? Nothing is at the old address then: whoever uses it has to take the new one. If "
            "so, write “yes”."
        ),
    )


def whose(subject: FeedSubject, community: Community, translate: Translator) -> Message:
    """Return the question whether the address of a room is meant."""
    return msg(
        "Do you mean this room's address? Then write “revoke the calendar address: {name}”. Your own I revoke in a "
        "direct message.",
        name=called(subject, community, translate),
    )


def other_programs(translate: Translator) -> Reply:
    """Return how other programs than those of telephones are told."""
    return say(translate, _GOOGLE, _SUBSCRIBE)


def called(subject: FeedSubject, community: Community, translate: Translator) -> str:
    """Return what a shared calendar is called; empty for somebody's own."""
    name = name_of_subject(subject, community)
    if name is None:
        return ""
    text = translate(name) if isinstance(name, Message) else name.text(translate.language)
    return isolated(clean(text, longest=120), translate.language)


def say(translate: Translator, *sentences: Message) -> Reply:
    """Return a reply of sentences."""
    return reply_of([translate(one) for one in sentences], [], [], translate.language)


def with_more(reply: Reply, translate: Translator, sentences: Sequence[Message]) -> Reply:
    """Return a reply with further sentences below it."""
    more = say(translate, *sentences)
    return Reply(f"{reply.text}\n\n{more.text}", reply.html + more.html, reply.files, language=reply.language)
