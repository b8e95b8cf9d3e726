"""Telling the lobby who has come."""

from bots.context.background import Background, Services
from bots.context.feature import Feature
from bots.features.newcomers.lobby_line import LobbyLine


def _background(services: Services) -> Background:
    return Background(periodic=(LobbyLine(services).periodic,))


NEWCOMERS = Feature("newcomers", background=_background)

__all__ = ["NEWCOMERS"]
