"""Inviting people to their rooms, once they can read what is said there."""

from bots.context.background import Background, Services
from bots.context.feature import Feature
from bots.features.invitations.handler import InvitationHandler
from community.jobs.invitations import RoomInvitation


def _background(services: Services) -> Background:
    handler = InvitationHandler(
        services.store,
        services.client,
        services.api,
        services.rooms,
        name_of=services.room_name,
        now=services.now,
    )
    return Background(jobs=(handler,), after_devices=(RoomInvitation,))


INVITATIONS = Feature("invitations", background=_background)

__all__ = ["INVITATIONS"]
