"""One invitation at a time: whether another is still open, whose that is, and what of a new one is understood. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bots.features.inviting.details import Said
from bots.features.inviting.draft import InvitingDraft
from bots.features.inviting.sentences import called
from bots.features.inviting.words import InvitingReading, InvitingWish
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, listed
from community.core.words import words
from community.description.fields import Localized
from community.description.model import Community


def is_in_the_way(draft: InvitingDraft | None, wish: InvitingReading | None, said: Said | None) -> bool:
    """Whether what a message wants would drop an open invitation of somebody else.

    Looking at one's guests drops none, and to invite the same person again is to say it anew.
    """
    if draft is None or wish is None or draft.takes_back is not None or _guest(draft.values) is None:
        return False
    match wish.wish:
        case InvitingWish.INVITE:
            return said is None or _guest(said.values) != _guest(draft.values)
        case InvitingWish.TAKE_BACK:
            return True
        case InvitingWish.GUESTS | InvitingWish.ALL_GUESTS:
            return False


def still_open(draft: InvitingDraft, translate: Translator) -> Message:
    """Return the sentence that an invitation is still open, and whose."""
    return msg(
        "One thing at a time: the invitation for {name} is still open. Finish it first, or say “cancel”.",
        name=_name(draft.values, translate),
    )


def understood(
    values: Mapping[str, object], community: Community, translate: Translator
) -> Iterator[Message]:
    """Yield the sentence for whom an invitation is and what of it is understood; none where that is the name alone."""
    known = [clean(name.text(translate.language), longest=120) for name in _named(values, community)]
    if known and _guest(values) is not None:
        what = listed(known, translate.language)
        yield msg("For {name}: {what}.", name=_name(values, translate), what=what)


def _named(values: Mapping[str, object], community: Community) -> Iterator[Localized]:
    role, city = community.role.get(str(values.get("role"))), community.city.get(str(values.get("city")))
    yield from (each.name for each in (role, city) if each is not None)
    themes = values.get("themes", ())
    given = themes if isinstance(themes, list | tuple) else ()
    yield from (community.theme[key].name for key in map(str, given) if key in community.theme)


def _guest(values: Mapping[str, object]) -> object:
    """Return what tells guests apart: the words of the name, or how many they are; None where neither is known."""
    name = values.get("name")
    return values.get("uses") if name is None else frozenset(words(str(name)))


def _name(values: Mapping[str, object], translate: Translator) -> str:
    name, uses = values.get("name"), values.get("uses")
    return called(None if name is None else str(name), uses if isinstance(uses, int) else 1, translate)
