"""Questions without an answer are passed on to the coordinators, and their answer is brought to who asked."""

from bots.features.pass_on.effects import Deliver, PassOn

__all__ = ["Deliver", "PassOn"]
