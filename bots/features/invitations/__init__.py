"""Inviting people to their rooms, once they can read what is said there, and giving them the keys of what was said."""

from bots.context.background import Background, PeriodicWork, Services
from bots.context.feature import Feature
from bots.context.open_history import OpenHistory
from bots.features.invitations.handler import InvitationHandler
from bots.features.invitations.history import HistoryHandler
from bots.features.invitations.returns import ReturnHandler
from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation

SWEEP_EVERY = 6 * 60 * 60.0
"""Seconds between looks for invitations that are kept no more."""


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
    return Background(
        jobs=(handler, history, returns),
        periodic=(_old_invitations(services),),
        after_devices=(RoomInvitation, HistoryKeys),
    )


def _old_invitations(services: Services) -> PeriodicWork:
    """Return what forgets invitations to the network that nobody can use any more, and who was meant."""

    async def drop() -> None:
        await services.store.invitations.drop_old(services.now())

    return PeriodicWork(drop, SWEEP_EVERY, "invitations_not_swept", by_date=True)


INVITATIONS = Feature("invitations", background=_background)

__all__ = ["INVITATIONS"]
