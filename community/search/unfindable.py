"""Contacts that no question finds, for `palabre check`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from community.core.messages import msg
from community.description.directory_model import Contact
from community.description.faults import DIRECTORY, Fault
from community.description.model import Description
from community.directory.entry import entries_of
from community.search.index import Index
from community.search.lexicon import lexicon_of
from community.search.question import parse


def unfindable(description: Description, doubtful: Iterable[int]) -> Iterator[Fault]:
    """Yield a note for each contact that no question with its own name, function or words finds.

    ``doubtful`` has the positions, in the list of contacts, of those to try: the others are found by theme and place.
    """
    community, directory = description.community, description.directory
    index, lexicon = Index(community), lexicon_of(community)
    for entry in entries_of(directory):
        index.add(entry)
    for i in doubtful:
        contact = directory.contacts[i]
        answers = (index.search(parse(text, lexicon, community.languages[0])) for text in _questions(contact))
        if not any(contact in answer.entries for answer in answers):
            what = msg(
                "no question finds “{key}”: it needs a theme, a place ({place}), or words by which people ask for it",
                key=contact.key,
            )
            yield Fault(DIRECTORY, ("contacts", i), what)


def _questions(contact: Contact) -> Iterator[str]:
    for text in (contact.name, contact.function):
        yield from (part for _language, part in text)
    for some in contact.words.values():
        yield from some
