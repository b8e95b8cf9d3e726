"""Checks the references between the files of a description: each key that is named must exist. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from community.core.messages import Message, msg
from community.description.calendar_faults import calendar_faults
from community.description.calendar_model import Calendar
from community.description.calendar_references import calendar_references
from community.description.code_faults import calendar_code_faults, code_faults, directory_code_faults
from community.description.day_faults import directory_day_faults, period_faults
from community.description.directory_model import Contact, Directory, Visible
from community.description.email_address import email_address
from community.description.faults import DIRECTORY, Fault, known, one, twice
from community.description.fields import ANY_LANGUAGE, Localized
from community.description.model import Community, Member, RoomSpec
from community.description.rooms import rooms_and_bots
from community.description.settings import Settings
from community.description.structure import check_quiet_hours, check_structure
from community.description.telephone import telephone
from community.description.yaml_text import Path


def check_references(
    community: Community,
    directory: Directory,
    calendar: Calendar,
    settings: Settings,
    *,
    all_members: bool = True,
    today: date | None = None,
) -> tuple[Fault, ...]:
    """Return every fault between the files, and every day that cannot be meant.

    Without ``all_members`` some members could not be read, so that unknown user names are not reported. ``today`` is
    None where no clock counts.
    """
    structure = tuple(check_structure(community, settings, all_members=all_members))
    # With faults in themes, cohorts or cities some rooms are not known, and a room that seems missing may be one.
    at_fault = {fault.path[0] for fault in structure}
    doubtful = not at_fault.isdisjoint(("cities", "cohorts", "themes", "rooms"))
    rooms = rooms_and_bots(_with_known_keys(community) if doubtful else community)
    if "rooms" in at_fault:
        rooms = dict.fromkeys(rooms, True)  # which bots are in them may be what is wrong
    return (
        *structure,
        *check_quiet_hours(community),
        *_directory(community, directory, all_members=all_members),
        *calendar_references(
            calendar,
            community,
            rooms=rooms,
            contacts={contact.key: contact for contact in directory.contacts},
            members=community.member if all_members else None,
            are_rooms_doubtful=doubtful,
        ),
        *code_faults(community, directory, calendar),
        *period_faults(community, calendar, today),
        *directory_day_faults(directory, today),
        *calendar_faults(community, calendar, today),
    )


_ANY_TEXT = Localized({ANY_LANGUAGE: "-"})


def _with_known_keys(community: Community) -> Community:
    """Return the community with rooms for those themes, cohorts and cities alone that there are."""
    kinds = {"themes": {*community.theme}, "cohorts": {*community.cohort}, "cities": {*community.city}}

    def known_in(spec: RoomSpec) -> RoomSpec:
        named = {name: getattr(spec, name) for name in kinds if getattr(spec, name) is not None}
        kept = {name: tuple(key for key in keys if key in kinds[name]) for name, keys in named.items()}
        # What is wrong with their texts is said already, and does not matter for the keys of rooms.
        return spec.model_copy(update={**kept, "name": _ANY_TEXT, "topic": _ANY_TEXT})

    return community.model_copy(update={"rooms": tuple(known_in(spec) for spec in community.rooms)})


def check_directory(community: Community, directory: Directory, today: date) -> tuple[Fault, ...]:
    """Return the faults in a directory, and between it and the community, whose members are all known."""
    return (
        *_directory(community, directory, all_members=True),
        *directory_code_faults(directory),
        *directory_day_faults(directory, today),
    )


def check_calendar(
    community: Community, calendar: Calendar, contacts: Mapping[str, Contact], today: date
) -> tuple[Fault, ...]:
    """Return the faults in a calendar, and between it and the community, whose members are all known."""
    return (
        *calendar_references(
            calendar,
            community,
            rooms=rooms_and_bots(community),
            contacts=contacts,
            members=community.member,
            are_rooms_doubtful=False,
        ),
        *calendar_code_faults(calendar),
        *period_faults(community.model_copy(update={"cohorts": ()}), calendar, today),
        *calendar_faults(community.model_copy(update={"cities": ()}), calendar, today),
    )


def _directory(community: Community, directory: Directory, *, all_members: bool) -> Iterator[Fault]:
    members = community.member if all_members else None
    for name in ("contacts", "resources", "projects"):
        entries = getattr(directory, name)
        yield from twice(DIRECTORY, name, [entry.key for entry in entries], "key")
        for i, entry in enumerate(entries):
            yield from known(DIRECTORY, (name, i, "cities"), entry.cities, community.city, "city")
            yield from known(DIRECTORY, (name, i, "themes"), entry.themes, community.theme, "theme")
    yield from _visible(community, directory.visible, ("visible",))
    yield from _contacts(community, directory, members)
    for i, resource in enumerate(directory.resources):
        if resource.added_by is not None and members is not None:
            yield from one(DIRECTORY, ("resources", i, "added_by"), resource.added_by, members, "member")
    contacts = {contact.key: contact for contact in directory.contacts}
    for i, project in enumerate(directory.projects):
        if project.lead is not None:
            yield from one(DIRECTORY, ("projects", i, "lead"), project.lead, contacts, "contact")


def _contacts(
    community: Community, directory: Directory, members: Mapping[str, Member] | None
) -> Iterator[Fault]:
    contacts = {contact.key: contact for contact in directory.contacts}
    for i, contact in enumerate(directory.contacts):
        path: Path = ("contacts", i)
        yield from _visible(community, contact.visible, (*path, "visible"))
        if contact.role is not None:
            yield from one(DIRECTORY, (*path, "role"), contact.role, community.role, "role")
        if contact.member is not None and members is not None:
            yield from one(DIRECTORY, (*path, "member"), contact.member, members, "member")
        if contact.phone is not None and isinstance(said := telephone(contact.phone), Message):
            yield Fault(DIRECTORY, (*path, "phone"), said)
        if contact.email is not None and isinstance(said := email_address(contact.email), Message):
            yield Fault(DIRECTORY, (*path, "email"), said)
        if contact.deputy == contact.key:
            yield Fault(DIRECTORY, (*path, "deputy"), msg("a contact cannot be its own deputy"))
        elif contact.deputy is not None:
            yield from one(DIRECTORY, (*path, "deputy"), contact.deputy, contacts, "contact")


def _visible(community: Community, visible: Visible, path: Path) -> Iterator[Fault]:
    for field, roles in visible.items():
        yield from known(DIRECTORY, (*path, field), roles, community.role, "role")
