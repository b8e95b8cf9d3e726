"""In which rooms the bot ought to be and is not: there nobody is asked in by it, and nothing is posted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from community.core.messages import Message, msg
from matrix.ids import UserId
from provisioning.snapshot import Membership, Snapshot


@dataclass(frozen=True)
class BotAbsence:
    """A room that is there, where the bot belongs and is not. ``stands``: its membership, None where it has none."""

    room: str
    bot: UserId
    stands: Membership | None

    @property
    def is_of_its_own(self) -> bool:
        """Whether nobody has taken it out: it has left, or was never in.

        Then it is put back without anybody's asking, once the description was applied.
        """
        return self.stands in (None, Membership.LEFT, Membership.INVITED)


def bot_absences(desired: Snapshot, actual: Snapshot) -> tuple[BotAbsence, ...]:
    """Return where the bot is missing, by room key."""
    bot = desired.own.bot
    return tuple(
        BotAbsence(key, bot, stands)
        for key in sorted(desired.rooms.keys() & actual.rooms.keys())
        if desired.rooms[key].members.get(bot) is Membership.JOINED
        if (stands := actual.rooms[key].members.get(bot)) is not Membership.JOINED
    )


def absence_notes(absences: Iterable[BotAbsence]) -> Iterator[Message]:
    """Name the rooms that somebody has taken the bot out of: the plan overrides that."""
    for absence in absences:
        if absence.stands in (Membership.EXPELLED, Membership.BANNED):
            yield msg(
                "{room}: somebody has taken {user_id} out, and this plan brings it back; if it is to stay out: "
                "“bots: false” for this room",
                room=absence.room,
                user_id=absence.bot,
            )


def said_of_absence(absence: BotAbsence) -> tuple[Message, Message]:
    """Return what is wrong with a room without its bot, and what to do."""
    match absence.stands:
        case Membership.EXPELLED | Membership.BANNED:
            sentence = msg(
                "Somebody has taken the bot out of {room}: there it asks nobody in and posts nothing.",
                room=absence.room,
            )
        case _:
            sentence = msg(
                "The bot is not in {room}: there it asks nobody in and posts nothing.", room=absence.room
            )
    return sentence, msg("“palabre apply” puts it back.")
