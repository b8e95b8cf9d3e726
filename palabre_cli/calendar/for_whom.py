"""Options that say whom events and deadlines are for, and where they are posted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from community.core.messages import msg
from community.description.calendar_model import Audience
from community.description.model import Community
from community.description.names import NOUNS
from community.description.rooms import rooms_and_bots
from community.exchange.ics_plan import ForWhom
from palabre_cli.errors import CommandError, UnknownKey

_Command = TypeVar("_Command", bound=Callable[..., Any])
_KINDS = (
    ("theme", "themes", "Whom they concern: those of this theme."),
    ("cohort", "cohorts", "Those of this cohort."),
    ("city", "cities", "Those of this city."),
    ("role", "roles", "Those with this role."),
    ("person", "people", "This member besides (their user name)."),
)


def for_whom_options(command: _Command) -> Any:
    """Give a command the options; their values come as ``everyone``, ``room`` and the kinds' names."""
    decorated: Any = click.option(
        "--room", "room", multiple=True, metavar="KEY", help="Where they are posted, if not as these say."
    )(command)
    for kind, _, said in reversed(_KINDS):
        decorated = click.option(f"--{kind}", kind, multiple=True, metavar="KEY", help=said)(decorated)
    return click.option("--everyone", is_flag=True, help="They concern the whole community.")(decorated)


def for_whom(options: Mapping[str, Any], community: Community) -> ForWhom:
    """Return what was said, and take the options out of nothing else.

    Raises:
        UnknownKey: the community has no such theme, cohort, city, role, member or room.
        CommandError: “everyone” and somebody besides.
    """
    known: dict[str, Collection[str]] = {
        "theme": community.theme,
        "cohort": community.cohort,
        "city": community.city,
        "role": community.role,
        "person": {member.username for member in community.members},
        "room": {key for key, is_in in rooms_and_bots(community).items() if is_in},
    }
    for kind, there in known.items():
        wrong = next((key for key in options[kind] if key not in there), None)
        if wrong is not None:
            raise UnknownKey(NOUNS["member" if kind == "person" else kind], wrong, there)
    parts = {field: tuple(dict.fromkeys(options[kind])) for kind, field, _ in _KINDS}
    if options["everyone"] and any(parts.values()):
        raise CommandError(
            msg("“--everyone” is the whole community: name nobody besides."),
            msg("Leave the other options out, or “--everyone”."),
        )
    audience = Audience(everyone=options["everyone"], **parts)
    return ForWhom(audience, tuple(dict.fromkeys(options["room"])))
