"""The handlers of messages of all features, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bots.context.feature import Feature, FeatureHandlers, Handler, Precedence
from bots.context.message import MessageContext


@dataclass(frozen=True, slots=True)
class RegisteredHandler:
    """A handler of messages and the feature that it belongs to."""

    feature: Feature
    owner: FeatureHandlers
    handler: Handler[MessageContext, Any]


def in_order(handlers: Iterable[tuple[Feature, FeatureHandlers]]) -> list[RegisteredHandler]:
    """Return the handlers of messages by precedence; those of the same one as the registry has them."""
    found: list[tuple[Precedence, RegisteredHandler]] = [
        (precedence, RegisteredHandler(feature, owner, handler))
        for feature, owner in handlers
        for precedence, handler in owner.messages
    ]
    return [each for _, each in sorted(found, key=lambda one: one[0])]
