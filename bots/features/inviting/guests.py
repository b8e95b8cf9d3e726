"""How far those are whom somebody has invited, and what helps them on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.features.inviting.sentences import guest_name, role_and_place, say
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import clean, isolated, listed
from community.description.model import Community
from community.directory.lines import Line
from community.joining.arrival import ArrivalStage, coming_text, first_stage, stage_text
from community.joining.described import called
from community.joining.invitation import NOT_OFFERED, InvitationState, state_text

if TYPE_CHECKING:
    from community.storage import InvitationArrivals

MOST_SHOWN = 12
_NOBODY = msg(
    "You have invited nobody who is still on the way. To invite somebody, write “invite …” and their name."
)
_NOBODY_AT_ALL = msg("Nobody who was invited is still on the way.")
ONLY_COORDINATORS = msg(
    "Only coordinators are shown everybody's invitations. For your own, write “where are my guests?”."
)
_RUN_OUT = msg("Run out: invite them again, which makes another link.")
_ADVICE: dict[ArrivalStage, Message] = {
    ArrivalStage.NOT_OPENED: msg(
        "Not opened: ask them whether the text has reached them; you can send the same text again."
    ),
    ArrivalStage.OPENED: msg(
        "Opened, and no account: the page asks for a name and a password. Ask what holds them up, or do it together."
    ),
    ArrivalStage.ACCOUNT_MADE: msg(
        "Account, and not signed in: they install the app Element, and sign in with the name and password that "
        "they have chosen."
    ),
    ArrivalStage.SIGNED_IN: msg(
        "Signed in, and no recovery key: in the app, “Settings”, “Encryption”, “Set up recovery”. Without it they lose "
        "what they have read when they change their telephone."
    ),
}


def advice(stage: ArrivalStage) -> Message | None:
    """Return what helps somebody on from a stage; None for who has arrived."""
    return _ADVICE.get(stage)


def guests_reply(
    links: Sequence[InvitationArrivals],
    now: datetime,
    community: Community,
    translate: Translator,
    names: Mapping[str, str] | None,
    offered: Collection[int],
) -> Reply:
    """Return who is still on the way, newest first, and how many have arrived.

    ``names``: of those who invite, by Matrix ID, where it is not only the asker. ``offered``: the numbers of the links
    whose inviters may still invite so; by no other one can anybody come any more.
    """
    going = [one for one in reversed(links) if stages(one, now)]
    arrived = sum(came.stage is ArrivalStage.ARRIVED for one in links for came in one.arrivals)
    tail = (
        [nmsg("{count} person has arrived.", "{count} people have arrived.", count=arrived)]
        if arrived
        else []
    )
    if not going:
        return say(translate, _NOBODY if names is None else _NOBODY_AT_ALL, *tail)
    shown, stuck = (
        going[:MOST_SHOWN],
        dict.fromkeys(
            stage
            for one in going[:MOST_SHOWN]
            if one.arrivals or not _is_closed(one, now, offered)
            for stage in stages(one, now)
        ),
    )
    lines = [[_line(one, now, community, translate, names, offered)] for one in shown]
    if len(going) > len(shown):
        more = len(going) - len(shown)
        tail.insert(0, nmsg("and {count} more", "and {count} more", count=more))
    tail += [_RUN_OUT if stage is None else _ADVICE[stage] for stage in stuck]
    return reply_of([], lines, [translate(one) for one in tail], translate.language)


def stages(one: InvitationArrivals, now: datetime) -> tuple[ArrivalStage | None, ...]:
    """Return at which stages those of a link are who have not arrived; None for a link that has run out unused.

    A link by which several may come has no stage before somebody has come by it, unless nobody has.
    """
    link = one.invitation
    there = tuple(came.stage for came in one.arrivals if came.stage is not ArrivalStage.ARRIVED)
    if one.arrivals or link.used:
        return tuple(dict.fromkeys(there))
    match link.state(now):
        case InvitationState.OPEN:
            return (first_stage(link),)
        case InvitationState.EXPIRED:
            return (None,)
        case _:
            return ()


def _is_closed(one: InvitationArrivals, now: datetime, offered: Collection[int]) -> bool:
    return one.invitation.state(now) is InvitationState.OPEN and one.invitation.id not in offered


def _line(
    one: InvitationArrivals,
    now: datetime,
    community: Community,
    translate: Translator,
    names: Mapping[str, str] | None,
    offered: Collection[int],
) -> Line:
    language, terms = translate.language, one.invitation.terms
    standing = _standing(one, now, community, language, offered)
    said = [role_and_place(terms, community, language), *map(translate, standing)]
    if names is not None:
        inviter = names.get(one.invitation.inviter, one.invitation.inviter.removeprefix("cli:"))
        by = msg("invited by {name}", name=isolated(clean(inviter, longest=120), language))
        said.append(translate(by))
    name = guest_name(terms, translate)
    return Line(
        f"{one.invitation.id} · {name}", strong=True, more=(Line("".join(f" · {each}" for each in said)),)
    )


def _standing(
    one: InvitationArrivals, now: datetime, community: Community, language: str, offered: Collection[int]
) -> Iterator[Message]:
    link = one.invitation
    if link.terms.uses > 1:
        yield msg("{used} of {uses} have come", used=link.used, uses=link.terms.uses)
    if link.terms.uses == 1 and one.arrivals:
        yield from (coming_text(came) for came in one.arrivals)
        return
    if _is_closed(one, now, offered):
        yield NOT_OFFERED
        if not one.arrivals:
            return
    for stage in stages(one, now):
        yield state_text(InvitationState.EXPIRED) if stage is None else stage_text(stage)
        if stage is not None and link.terms.uses > 1 and one.arrivals:
            yield Message("({names})", {"names": listed(_at(one, stage, community), language)})


def _at(one: InvitationArrivals, stage: ArrivalStage, community: Community) -> Iterable[str]:
    """Yield what those are called who came by a link and are at a stage."""
    return (
        clean(called(came.user_id, community), longest=120) for came in one.arrivals if came.stage is stage
    )
