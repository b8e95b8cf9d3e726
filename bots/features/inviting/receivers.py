"""Who is meant by the name of somebody who is to receive a guest. Pure.

Whoever is described and has not come is nobody here: they cannot receive anybody yet, and that they are awaited is not
for every lead to know. So what is said of a name depends on those who are there, and on nobody else.
"""

from __future__ import annotations

from collections.abc import Collection

from bots.features.inviting.details import Said
from community.core.messages import Message, msg
from community.core.plain_text import clean, listed
from community.core.words import words
from community.description.model import Community, Member
from community.joining.terms import with_those_there

_SHOWN = 60
_MOST_NAMED = 5


def with_receiver(said: Said, community: Community, there: Collection[str]) -> Said:
    """Return what was said with the user name of whoever is to receive the guest, in place of what they were called.

    ``there``: the user names of those who are there.
    """
    named = said.values.get("greeter")
    if named is None:
        return said
    found = _receiver(str(named), with_those_there(community, there))
    if isinstance(found, Message):
        others = {name: value for name, value in said.values.items() if name != "greeter"}
        return Said(others, (*said.wrong, found))
    return Said({**said.values, "greeter": found.username}, said.wrong)


def _receiver(name: str, community: Community) -> Member | Message:
    """Return the one who is called so in full, else in part; or why there is nobody, or not one."""
    said = words(name)
    active = community.active_member.values()
    exact = [m for m in active if said in (words(m.name), words(m.username))]
    near = exact or [m for m in active if said and set(said) <= {*words(m.name), *words(m.username)}]
    if len(near) == 1:
        return near[0]
    shown = clean(name, longest=_SHOWN)
    if not near:
        return msg("I know nobody called “{text}” who could receive them.", text=shown)
    names = listed((clean(one.name) for one in near[:_MOST_NAMED]), "en", apart=True)
    return msg("I know several people called “{text}”: {names}.", text=shown, names=names)
