"""What is said of the links that somebody described has already, where another one is made for them. Pure.

Of two links for one person the newer works alone, so whoever makes it is told before they confirm, by whom the earlier
one is: the text that it came with may be on its way. Those whose link it is are told once it is closed (`news`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from community.core.messages import Message, msg
from community.core.plain_text import clean, listed
from community.joining.invitation import NetworkInvitation

_OWN = msg("They have a link already, which you have made: with this one it leads nowhere any more.")
_OF_NOBODY = msg("They have a link already: with this one it leads nowhere any more.")
"""Made at the terminal, or by somebody who has left since."""
_BEFORE = msg("The link that they had before leads nowhere any more.")


@dataclass(frozen=True, slots=True)
class EarlierLinks:
    """Links of one person. ``maker``: the Matrix ID of whoever makes another one; ``names``: members' by Matrix ID."""

    links: tuple[NetworkInvitation, ...]
    maker: str
    names: Mapping[str, str]

    def before(self, language: str) -> Iterator[Message]:
        """Yield what is said before another one is made; nothing where they have none."""
        others = self._others(language)
        if others:
            yield msg(
                "They have a link already, from {names}: with this one it leads nowhere any more, and I tell whoever "
                "has made it.",
                names=others,
            )
        elif self.links:
            yield _OWN if any(link.inviter == self.maker for link in self.links) else _OF_NOBODY

    def after(self, language: str) -> Iterator[Message]:
        """Yield what is said once they are closed."""
        others = self._others(language)
        if others:
            yield msg(
                "The link that they had before, from {names}, leads nowhere any more. I tell whoever has made it.",
                names=others,
            )
        elif self.links:
            yield _BEFORE

    def _others(self, language: str) -> str:
        """Return the names of other members who have made one; empty for nobody."""
        makers = dict.fromkeys(link.inviter for link in self.links if link.inviter != self.maker)
        return listed(_known(makers, self.names), language)


def _known(makers: Iterable[str], names: Mapping[str, str]) -> Iterator[str]:
    return (clean(names[maker], longest=120) for maker in makers if maker in names)
