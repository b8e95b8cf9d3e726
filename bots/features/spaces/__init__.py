"""Spaces: which there are, and joining and leaving them by asking."""

from bots.context.feature import Feature, HelpLines
from bots.features.spaces.deciding import SPACE_REQUESTS
from bots.features.spaces.effects import EFFECTS
from bots.features.spaces.following import background
from bots.features.spaces.handlers import SpaceHandler, SpacesHandlers
from community.core.messages import msg

SPACES = Feature(
    "spaces",
    SpacesHandlers,
    effects=EFFECTS,
    requests=(SPACE_REQUESTS,),
    help=HelpLines(
        commands=(
            msg(
                "“which spaces are there?”, “my rooms”: what there is to join, and what you are in; “join …” and "
                "“leave …” do it"
            ),
        )
    ),
    background=background,
)

__all__ = ["SPACES", "SpaceHandler"]
