"""Posting the calendar's messages when they are due."""

from bots.context.background import Background, Services
from bots.context.feature import Feature
from bots.features.scheduled.posts import ScheduledPosts


def _background(services: Services) -> Background:
    return Background(periodic=(ScheduledPosts(services).periodic,))


SCHEDULED = Feature("scheduled", background=_background)

__all__ = ["SCHEDULED"]
