"""What `palabre init` has written to be filled in and nobody has: examples in community.yaml, not meant to be applied.

A part is to be filled in as long as “# FILL IN” stands above it, or behind it, and it has still what was written there.
Whoever means it so deletes those words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.text_file import bytes_of
from community.description.data_folder import DataFolder
from community.description.faults import COMMUNITY
from community.description.known_community import known_community
from community.description.settings import Settings, is_on_loopback
from community.description.yaml_text import Parsed, parse, path_text
from community.description.yaml_text import Path as ValuePath
from palabre_cli.errors import NotFilledIn
from palabre_cli.installation.merging import FILL_IN
from palabre_cli.installation.texts import example_texts
from palabre_cli.terminal import PACKAGES, Terminal

ZONE, CITY, THEME, COORDINATOR = "Etc/UTC", "first-city", "first-theme", "coordinator"
"""What deploy/community.yaml.j2 has as examples: a time zone, two keys and a user name."""


def to_fill_in(config: Path) -> tuple[Problem, ...]:
    """Return each place of the description that is still as `palabre init` wrote it, with what to write there.

    A file that cannot be read has none: whoever reads the description says so.
    """
    path = config / COMMUNITY
    try:
        return unfilled(bytes_of(path), str(path))
    except OSError:
        return ()


def require_filled_in(terminal: Terminal, config: Path, data: DataFolder, settings: Settings) -> None:
    """Refuse to begin a network of the examples' names, which never change; elsewhere say what is to be filled in.

    What exists on this computer alone may be tried as it is, and what was applied already goes on.

    Raises:
        NotFilledIn: nothing was applied yet, on a domain.
    """
    found = to_fill_in(config)
    if not found:
        return
    lines = tuple(sorted({problem.place.line for problem in found}))
    if known_community(data) is None and not is_on_loopback(settings.homeserver.server_name):
        raise NotFilledIn(config / COMMUNITY, lines)
    warn_of_examples(terminal, config, lines)


def warn_of_examples(terminal: Terminal, config: Path, lines: Collection[int] | None = None) -> None:
    """Say in which lines the examples of `palabre init` still stand, if there are any."""
    if lines is None:
        lines = sorted({problem.place.line for problem in to_fill_in(config)})
    if lines:
        terminal.warn(
            msg(
                "{file} is not filled in yet: examples of “palabre init” stand in it (lines: {lines}). “palabre check” "
                "says what to write there.",
                file=config / COMMUNITY,
                lines=", ".join(map(str, lines)),
            )
        )


def unfilled(data: bytes, file: str) -> tuple[Problem, ...]:
    """Return what is still to be filled in, in the order of the file."""
    if FILL_IN.encode() not in data:
        return ()
    parsed = parse(data, file)
    if not isinstance(parsed.value, dict):
        return ()
    marked = _marked(data.decode(errors="replace"), parsed)
    found = _examples({key: value for key, value in parsed.value.items() if key in marked})
    nowhere = SourcePosition(file, 1, 1)
    problems = (Problem(parsed.places.get(path, nowhere), path_text(path), what) for path, what in found)
    return tuple(sorted(problems, key=lambda problem: problem.place))


def _marked(text: str, parsed: Parsed) -> frozenset[str]:
    """Return the keys of the file above or behind which “# FILL IN” stands."""
    noted = [number for number, line in enumerate(text.split("\n"), 1) if FILL_IN in line]
    keys = sorted((place.line, str(path[0])) for path, place in parsed.key_places.items() if len(path) == 1)
    before = (0, *(line for line, _ in keys))
    return frozenset(
        key
        for (line, key), above in zip(keys, before, strict=False)
        if any(above < number <= line for number in noted)
    )


def _examples(marked: Mapping[str, Any]) -> Iterator[tuple[ValuePath, Message]]:
    """Yield where an example stands, and what to write there."""
    texts = example_texts(PACKAGES)
    if marked.get("timezone") == ZONE:
        yield ("timezone",), msg("this is an example: write your time zone, such as Africa/Abidjan")
    for path, city in _entries(marked, "cities"):
        if city.get("key") == CITY or _has(city.get("name"), texts["first_city"]):
            yield (
                path,
                msg(
                    "this is an example: write a city of yours in its place (key, name, country, time zone, languages)"
                ),
            )
        elif city.get("timezone") == ZONE:
            yield (
                (*path, "timezone"),
                msg("this is an example: write this city's time zone, such as Africa/Dakar"),
            )
    for path, theme in _entries(marked, "themes"):
        is_example = _has(theme.get("name"), texts["first_theme"])
        if (
            theme.get("key") == THEME
            or is_example
            or _has(theme.get("summary"), texts["first_theme_summary"])
        ):
            yield (
                path,
                msg("this is an example: write a theme of yours in its place (key, name, summary)"),
            )
    for path, member in _entries(marked, "members"):
        if member.get("username") == COORDINATOR or _has(member.get("name"), texts["coordinator_name"]):
            yield (
                path,
                msg(
                    "this is an example: write yourself in its place (user name, name, languages); a user name never "
                    "changes"
                ),
            )


def _entries(marked: Mapping[str, Any], name: str) -> Iterator[tuple[ValuePath, Mapping[str, Any]]]:
    """Yield the entries of a list, each with its path; nothing of what is no list."""
    found = marked.get(name)
    for index, entry in enumerate(found if isinstance(found, list) else ()):
        if isinstance(entry, dict):
            yield (name, index), entry


def _has(value: object, texts: Collection[str]) -> bool:
    """Whether a text, or one of the texts of several languages, is one of these."""
    said = value.values() if isinstance(value, dict) else (value,)
    return any(text in texts for text in said if isinstance(text, str))
