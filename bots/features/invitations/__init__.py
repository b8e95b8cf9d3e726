"""Inviting people to their rooms, once they can read what is said there, and giving them the keys of what was said."""

from bots.context.background import Background, Services
from bots.context.feature import Feature
from bots.context.open_history import OpenHistory
from bots.features.invitations.handler import InvitationHandler
from bots.features.invitations.history import HistoryHandler
from bots.features.invitations.returns import ReturnHandler
from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation


def _background(services: Services) -> Background:
    open_history = OpenHistory(services.community)
    history = HistoryHandler(services.store, services.client, services.rooms, open_history, services.now)
    returns = ReturnHandler(
        services.store,
        services.client.user_id,
        services.api,
        services.rooms,
        open_history,
        services.translators,
        services.now,
    )
    handler = InvitationHandler(
        services.store,
        services.client,
        services.api,
        services.rooms,
        history,
        name_of=services.room_name,
        now=services.now,
    )
    return Background(jobs=(handler, history, returns), after_devices=(RoomInvitation, HistoryKeys))


INVITATIONS = Feature("invitations", background=_background)

__all__ = ["INVITATIONS"]
