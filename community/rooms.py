"""From the description to the list of rooms it asks for, and who belongs to each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from community.fields import Localized
from community.model import Cohort, Community, Member, Permission, Policy, RoomSpec, Scope, Theme

ROOT_SPACE = "space"


def theme_space(theme: str) -> str:
    """Return the key of a theme's space."""
    return f"{ROOT_SPACE}.theme.{theme}"


def cohort_space(cohort: str) -> str:
    """Return the key of a cohort's space."""
    return f"{ROOT_SPACE}.cohort.{cohort}"


@dataclass(frozen=True, slots=True)
class DescribedRoom:
    """One space or room the description asks for.

    ``policy`` is None for a space. ``parents`` are keys of the spaces it is listed in; ``members`` user names,
    sorted; ``moderators`` and ``announcers`` those of them with that permission.
    """

    key: str
    name: Localized
    topic: Localized
    policy: Policy | None
    theme: str | None
    cohort: str | None
    parents: tuple[str, ...]
    members: tuple[str, ...]
    moderators: tuple[str, ...]
    announcers: tuple[str, ...]

    @property
    def is_space(self) -> bool:
        """Whether it is a space."""
        return self.policy is None


def expand_rooms(community: Community) -> tuple[DescribedRoom, ...]:
    """Return every space and room of ``community``: spaces first, root before the others, then sorted by key."""
    rooms = [
        _room(community, spec, theme, cohort)
        for spec in community.rooms
        for theme in _themes_of(community, spec)
        for cohort in _cohorts_of(community, spec)
    ]
    return (*_spaces(community), *sorted(rooms, key=lambda room: room.key))


def coordinating_roles(community: Community) -> frozenset[str]:
    """Return the keys of the roles that may moderate: those of coordinators."""
    return frozenset(role.key for role in community.roles if Permission.MODERATE in role.may)


def coordination_room(community: Community) -> str | None:
    """Return the key of the coordinators' room: the first that only their roles belong to; None without one."""
    coordinating = coordinating_roles(community)
    return next(
        (
            spec.key
            for spec in community.rooms
            if spec.scope is Scope.COMMUNITY and spec.roles and coordinating.issuperset(spec.roles)
        ),
        None,
    )


def room_keys(community: Community) -> frozenset[str]:
    """Return the keys of all rooms (not spaces) that the description asks for."""
    structure = community.model_copy(update={"members": ()})  # who belongs has no part in the keys
    return frozenset(room.key for room in expand_rooms(structure) if not room.is_space)


def _themes_of(community: Community, spec: RoomSpec) -> list[Theme | None]:
    if spec.scope not in (Scope.THEME, Scope.THEME_COHORT):
        return [None]
    return [theme for theme in community.themes if spec.themes is None or theme.key in spec.themes]


def _cohorts_of(community: Community, spec: RoomSpec) -> list[Cohort | None]:
    if spec.scope not in (Scope.COHORT, Scope.THEME_COHORT):
        return [None]
    return [cohort for cohort in community.cohorts if spec.cohorts is None or cohort.key in spec.cohorts]


def _spaces(community: Community) -> list[DescribedRoom]:
    root = _described(community, ROOT_SPACE, community.name, community.name, parents=())
    themes = [
        _described(community, theme_space(theme.key), theme.name, theme.summary, theme=theme)
        for theme in sorted(community.themes, key=lambda theme: theme.key)
    ]
    cohorts = [
        _described(community, cohort_space(cohort.key), cohort.name, cohort.name, cohort=cohort)
        for cohort in sorted(community.cohorts, key=lambda cohort: cohort.key)
    ]
    return [root, *cohorts, *themes]


def _room(community: Community, spec: RoomSpec, theme: Theme | None, cohort: Cohort | None) -> DescribedRoom:
    values = {}
    if theme is not None:
        values["theme"] = theme.name
    if cohort is not None:
        values["cohort"] = cohort.name
    key = ".".join([spec.key, *(part.key for part in (theme, cohort) if part is not None)])
    parents = [theme_space(theme.key)] if theme is not None else []
    if cohort is not None:
        parents.append(cohort_space(cohort.key))
    return _described(
        community,
        key,
        spec.name.formatted(**values),
        spec.topic.formatted(**values),
        theme=theme,
        cohort=cohort,
        spec=spec,
        parents=tuple(parents) or (ROOT_SPACE,),
    )


def _described(  # noqa: PLR0913 - the one place where all parts of a room meet
    community: Community,
    key: str,
    name: Localized,
    topic: Localized,
    *,
    theme: Theme | None = None,
    cohort: Cohort | None = None,
    spec: RoomSpec | None = None,
    parents: tuple[str, ...] = (ROOT_SPACE,),
) -> DescribedRoom:
    roles = None if spec is None else spec.roles
    members = [m for m in community.members if _belongs(community, m, theme, cohort, roles)]
    return DescribedRoom(
        key=key,
        name=name,
        topic=topic,
        policy=None if spec is None else spec.policy,
        theme=None if theme is None else theme.key,
        cohort=None if cohort is None else cohort.key,
        parents=parents,
        members=tuple(sorted(m.username for m in members)),
        moderators=_with(community, members, Permission.MODERATE),
        announcers=_with(community, members, Permission.ANNOUNCE),
    )


def _belongs(
    community: Community,
    member: Member,
    theme: Theme | None,
    cohort: Cohort | None,
    roles: tuple[str, ...] | None,
) -> bool:
    if roles is not None and member.role not in roles:
        return False
    if community.role[member.role].everywhere:
        return True
    in_theme = theme is None or theme.key in member.themes
    in_cohort = cohort is None or member.city in cohort.cities
    return in_theme and in_cohort


def _with(community: Community, members: list[Member], permission: Permission) -> tuple[str, ...]:
    return tuple(sorted(m.username for m in members if permission in community.role[m.role].may))
