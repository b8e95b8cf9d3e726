"""What `palabre check` notes of themes that lead into a safe room: how these are joined then. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.core.messages import msg
from community.description.faults import COMMUNITY, Fault
from community.description.model import Community, Joining
from community.description.theme_rooms import leads_into_safe_room


def joining_notes(community: Community) -> Iterator[Fault]:
    """Yield what there is to note."""
    for i, theme in enumerate(community.themes):
        if theme.joining in (Joining.ASK, Joining.CLOSED) or not leads_into_safe_room(theme.key, community):
            continue
        if theme.joining is None:
            what = msg(
                "this theme leads into a safe room, so nobody joins it by asking the bot; with “joining: ask” people "
                "can, and are told of that room"
            )
        else:
            what = msg(
                "this theme leads into a safe room: whoever asks for it waits for a keeper's word, as with “ask”"
            )
        yield Fault(COMMUNITY, ("themes", i), what)
