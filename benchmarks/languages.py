"""What each language has, and what it lacks of that which the complete languages have: tables of words, keys, names
of subjects and things, sentences of the chat.

    python benchmarks/languages.py [--quick]

Lists what is missing; ends with one line of JSON: for each language how many tables, keys in groups of words, names of
subjects and things and sentences it has, and how many it lacks. ``--quick``: without the list.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from community.search.thesaurus import topics
from community.search.word_files import read_languages
from community.search.word_page import Tables

ROOT = Path(__file__).parent.parent
PACKAGES = ("bots", "community")
OWN_TO_EACH = frozenset(
    (
        *("calendar/named_days", "calendar/short", "changing/written_out", "places/countries"),
        *("speakers/speakers", "when/day_numbers", "when/hour_words", "when/minutes_behind"),
    )
)
"""Groups of words whose keys no other language need have: French has no word for each day of a month, say."""


def tables_of(tables: Tables) -> frozenset[str]:
    return frozenset(tables)


def keys_of(tables: Tables) -> frozenset[str]:
    groups = ((name, table) for name, table in tables.items() if isinstance(table, dict))
    known = (item for item in groups if item[0] not in OWN_TO_EACH)
    return frozenset(f"{name}.{key}" for name, group in known for key in group)


def topics_of(language: str) -> frozenset[str]:
    return frozenset(
        f"{key.partition('/')[0]}: {topic.by_language[SOURCE_LANGUAGE][0]}"
        for key, topic in topics()
        if topic.by_language.get(language)
    )


@cache
def sentences_of(language: str) -> frozenset[str]:
    found: set[str] = set()
    for path in (ROOT / package / "locale" / f"{language}.po" for package in PACKAGES):
        if path.is_file():
            with path.open("rb") as source:
                found |= {str(entry.id) for entry in read_po(source) if entry.id and not entry.fuzzy}
    return frozenset(found)


def required_sentences() -> frozenset[str]:
    """Return the sentences that every complete language has; English is their source."""
    translated = (sentences_of(code) for code in CHAT_LANGUAGES if code != SOURCE_LANGUAGE)
    return frozenset.intersection(*translated)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the list")
    quick, words = parser.parse_args().quick, read_languages()
    wanted = {
        "tables": tables_of(words[SOURCE_LANGUAGE]),
        "keys": keys_of(words[SOURCE_LANGUAGE]),
        "names": topics_of(SOURCE_LANGUAGE),
        "sentences": required_sentences(),
    }
    results = []
    for code in LANGUAGES:
        has: dict[str, Iterable[str]] = {
            "tables": tables_of(words[code]),
            "keys": keys_of(words[code]),
            "names": topics_of(code),
            "sentences": wanted["sentences"] if code == SOURCE_LANGUAGE else sentences_of(code),
        }
        missing = {sort: sorted(wanted[sort] - set(has[sort])) for sort in wanted}
        counts = {
            sort: {"has": len(wanted[sort]) - len(lacks), "lacks": len(lacks)}
            for sort, lacks in missing.items()
        }
        results.append({"language": code, **counts})
        for sort, lacks in missing.items():
            for each in () if quick else lacks:
                print(f"{code} {sort}: {each}", file=sys.stderr)
    print(json.dumps({"benchmark": "languages", "quick": quick, "results": results}))


if __name__ == "__main__":
    main()
