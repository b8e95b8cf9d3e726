"""A table of people to invite: a line for each, all of them or none. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.description.described import Described
from community.description.fields import Name
from community.description.findings import shape_problems
from community.description.model import Community
from community.description.names import Names
from community.description.people_table import PeopleTable
from community.description.person import Person
from community.description.yaml_text import Parsed, Path, path_text
from community.joining.described import DescribedMatch, WhoHasCome, described_terms, match_fault, told_of
from community.joining.invitation import InvitationTerms
from community.joining.permissions import refusal
from community.joining.terms import terms_faults

COLUMNS = ("name", "role", "city", "themes", "language", "greeter")
_LIST = "invitations"
_TABLE = PeopleTable(_LIST, COLUMNS, ("name", "role", "language"), ("themes",))


class _NamedTerms(InvitationTerms):
    name: Name


class _NamedTermsList(Described):
    invitations: tuple[_NamedTerms, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationList:
    """Whom a table invites on which terms, and every problem of it by its line. With one nobody is invited."""

    terms: tuple[InvitationTerms, ...]
    problems: tuple[Problem, ...]


def read_invitations(
    data: bytes, file: str, community: Community, inviter: Person | None, come: WhoHasCome
) -> InvitationList:
    """Read a table; ``inviter`` is who must be allowed to invite each, None where the operator may invite anybody.

    Somebody who is described, and has not come, is invited as the member they are, where the inviter is told of them.
    """
    known = community if inviter is None else told_of(inviter, community, come)
    parsed = _TABLE.parse(data, file)
    rows = [] if parsed.value is None else parsed.value[_LIST]
    if not rows and not parsed.problems:
        return InvitationList((), (Problem(SourcePosition(file, 1, 1), "", _NOBODY),))
    shape, invalid = _shape(parsed, file, community)
    valid = {
        index: InvitationTerms.model_validate_json(json.dumps(row), strict=True)
        for index, row in enumerate(rows)
        if index not in invalid
    }
    found = {index: described_terms(one, known, come) for index, one in valid.items()}
    meant = {index: one for index, one in found.items() if isinstance(one, InvitationTerms)}
    unclear = {index: one for index, one in found.items() if isinstance(one, DescribedMatch)}
    rows_read = _InvitationRows(parsed, file, community, known, inviter)
    problems = (*parsed.problems, *shape, *rows_read.problems(valid, meant, unclear))
    return InvitationList(tuple(meant.values()), tuple(sorted(problems, key=lambda one: one.place)))


_NOBODY = msg("nobody is named here: below the names of the columns, write a line for each person")


def _shape(parsed: Parsed, file: str, community: Community) -> tuple[tuple[Problem, ...], frozenset[int]]:
    """Return what is wrong with single values, and in which rows."""
    try:
        _NamedTermsList.model_validate_json(json.dumps(parsed.value or {}), strict=True)
    except ValidationError as error:
        names = Names.of([community.model_dump(mode="json")])
        found = shape_problems(error, parsed, _NamedTermsList, file, names)
        rows = (detail["loc"][1] for detail in error.errors(include_url=False) if len(detail["loc"]) > 1)
        return (
            tuple(Problem(one.place, _without_row(one.path), one.what) for one in found),
            frozenset(row for row in rows if isinstance(row, int)),
        )
    return (), frozenset()


def _without_row(path: str) -> str:
    # The line tells which person it is.
    return path.partition("]")[2].removeprefix(".")


@dataclass(frozen=True, slots=True)
class _InvitationRows:
    """``known``: the community with those of whom the inviter is told."""

    parsed: Parsed
    file: str
    community: Community
    known: Community
    inviter: Person | None

    def problems(
        self,
        valid: Mapping[int, InvitationTerms],
        meant: Mapping[int, InvitationTerms],
        unclear: Mapping[int, DescribedMatch],
    ) -> Iterator[Problem]:
        """Yield what is wrong with the rows whose values are right; ``meant``: with what is described of members."""
        for index, found in unclear.items():
            yield self._problem((_LIST, index, "name"), "name", match_fault(found))
        seen: dict[tuple[str | None, str | None], int] = {}
        for index, terms in valid.items():
            faults = list(terms_faults(terms, self.known, self.file))
            for fault in faults:
                yield self._problem((_LIST, index, *fault.path), path_text(fault.path), fault.what)
            if not faults and self.inviter is not None:
                refused = refusal(self.inviter, meant.get(index, terms), self.community)
                if refused is not None:
                    yield self._problem((_LIST, index), "", refused)
            who = (meant.get(index, terms).username or terms.name, terms.city)
            if who in seen:
                what = msg("“{name}” stands here twice: keep one", name=terms.name)
                yield self._problem((_LIST, index, "name"), "name", what)
            seen.setdefault(who, index)

    def _problem(self, place: Path, path: str, what: Message) -> Problem:
        found = (self.parsed.places.get(place[:length]) for length in range(len(place), 0, -1))
        at = next((one for one in found if one is not None), SourcePosition(self.file, 1, 1))
        return Problem(at, path, what)
