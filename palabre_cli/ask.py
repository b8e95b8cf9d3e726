"""``palabre ask``: the bot's answer, on the command line, from the store or straight from the files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from bots.context.feature import HelpLines, help_of
from bots.context.message import MessageContext, Reply
from bots.feature_set import FeatureSet
from bots.features.answering import ANSWERING
from community.core.messages import LANGUAGES, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar
from community.description.data_folder import DataFolder
from community.description.directory_model import Directory
from community.description.load import load_description, load_settings
from community.description.model import Community, Member
from community.description.person import Person
from community.description.settings import Settings
from community.description.times import MAXIMUM_YEAR, MINIMUM_YEAR
from community.directory.entry import (
    DirectoryEntry,
    Entry,
    EntryKey,
    calendar_entries,
    confirmed_on,
    key_of,
    name_of,
)
from community.exchange.canonical import entries_by_key
from palabre_cli.errors import CommandError, UnknownKey
from palabre_cli.options import config_option, data_option
from palabre_cli.terminal import PACKAGES, Terminal

if TYPE_CHECKING:
    from palabre_cli.stored_news import StoredNews

MOST = 1000

Source = Literal["files", "store"]


@click.command("ask")
@click.argument("question", required=False)
@config_option
@data_option
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Answer in this language where the question does not tell.",
)
@click.option(
    "--then", "more", multiple=True, help="Ask on in the same conversation; may be given several times."
)
@click.option(
    "--stdin", "is_piped", is_flag=True, help="Read questions from standard input, one on each line."
)
@click.option(
    "--conversation", is_flag=True, help="With --stdin: lines up to an empty one are one conversation."
)
@click.option(
    "--role", help="Answer as to somebody with this role (its key), who may see more than a stranger."
)
@click.option(
    "--as", "username", help="Answer as to this member (user name): what concerns them comes first."
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Answer as if it were this day.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=5,
    show_default=True,
    help="With --json: how many entries.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print each answer as JSON on a line: entries, text, html."
)
@click.pass_context
def ask_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    question: str | None,
    config: Path,
    data: DataFolder,
    language: str | None,
    more: tuple[str, ...],
    is_piped: bool,
    conversation: bool,
    role: str | None,
    username: str | None,
    today: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Ask what one would ask the bot: of the store, or of the files where --config is given and --data is not."""
    terminal: Terminal = context.obj
    if (question is None) is not is_piped:
        raise CommandError(
            msg("There is no question."), msg("Put it in quotation marks after “ask”, or use --stdin alone.")
        )
    settings = load_settings(config)
    source = _source(context, settings, data)
    community, directory, calendar = _asked_of(source, config, data)
    member = _member(community, username, role)
    answering = QuestionAnswerer.over(
        community,
        (directory, calendar),
        settings.homeserver.server_name,
        source,
        Asker(
            _role(community, role) if member is None else member.role,
            language or terminal.translate.language,
            _now(community, today),
            member,
        ),
    )
    if member is not None and source == "store":
        # Imported here because it reads the store again.
        from palabre_cli.stored_news import StoredNews  # noqa: PLC0415

        user_id = f"@{member.username}:{settings.homeserver.server_name}"
        answering = replace(answering, news=StoredNews(answering.features.knowledge, user_id, config, data))
    asked = (
        _piped(sys.stdin.buffer, conversation=conversation) if question is None else _given((question, *more))
    )
    for number, (name, text) in enumerate(asked):
        reply = answering.ask(text, name)
        if as_json:
            answer = answering.as_dict(reply, limit)
            terminal.line(
                json.dumps({"question": text, **answer} if is_piped else answer, ensure_ascii=False)
            )
        else:
            terminal.line(f"\n{reply.text}" if number else reply.text)


def _source(context: click.Context, settings: Settings, data: DataFolder) -> Source:
    """Return what is asked: the files where they alone were named, else the store, if there is one."""
    named = {
        name: context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ("config", "data")
    }
    if named["data"]:
        return "store"
    is_there = settings.store_url is not None or data.store.exists()
    return "store" if is_there and not named["config"] else "files"


def _asked_of(source: Source, config: Path, data: DataFolder) -> tuple[Community, Directory, Calendar]:
    """Return what is asked: with the store goes the community that was applied last, as for the bot."""
    if source == "files":
        description = load_description(config)
        return description.community, description.directory, description.calendar
    # Imported here because the database's libraries take longer than an answer from the files.
    import asyncio  # noqa: PLC0415

    from palabre_cli.stored import all_stored  # noqa: PLC0415

    return asyncio.run(all_stored(config, data))


def _role(community: Community, role: str | None) -> str:
    if role is not None and role not in community.role:
        raise UnknownKey(msg("role"), role, community.role)
    return role or ""


def _member(community: Community, username: str | None, role: str | None) -> Member | None:
    """Return the active member who is to be answered, None where nobody is named."""
    if username is None:
        return None
    if role is not None:
        raise CommandError(
            msg("--as and --role say both as whom to answer."), msg("A member has a role: take --role out.")
        )
    if username not in community.active_member:
        raise UnknownKey(msg("member"), username, community.active_member)
    return community.active_member[username]


def _now(community: Community, today: datetime | None) -> datetime:
    """Return the moment of the question: now, or noon of that day where the community is."""
    if today is None:
        return datetime.now(UTC)
    if not MINIMUM_YEAR <= today.year <= MAXIMUM_YEAR:
        raise CommandError(msg("{day} is too far away.", day=today.date().isoformat()))
    return _noon(today.date(), ZoneInfo(community.timezone))


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone).astimezone(UTC)


def _given(questions: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from (("terminal", text) for text in questions)


def _piped(lines: Iterable[bytes], *, conversation: bool) -> Iterator[tuple[str, str]]:
    """Yield each question with the name of its conversation; without ``conversation`` each has one of its own."""
    number = 0
    for line in lines:
        text = line.decode("utf-8", "replace").strip()
        if not text or not conversation:
            number += 1
        if text:
            yield f"line {number}", text


def _all_help() -> HelpLines:
    """Return the lines of help of all features, as the bot gives them."""
    # Imported here because few questions are for help.
    from bots.features.registry import FEATURES  # noqa: PLC0415

    return help_of(FEATURES)


@dataclass(frozen=True, slots=True)
class Asker:
    """The assumed asker: the key of a role (empty for a stranger), a language code, a moment in UTC, and the member."""

    role: str
    language: str
    now: datetime
    member: Member | None = None

    @property
    def person(self) -> Person:
        """The asker as the bot sees them."""
        languages = (self.language,)
        if self.member is None:
            return Person("", "", "", self.role, None, (), languages)
        one = self.member
        also = tuple(code for code in one.languages if code != self.language)
        return Person("", one.username, one.name, self.role, one.city, one.themes, (*languages, *also))


@dataclass(frozen=True)
class QuestionAnswerer:
    """Answers questions from one state of the directory, as the bot would; ``news``: what is new for the member."""

    features: FeatureSet
    entries: dict[EntryKey, Entry]
    source: Source
    asker: Asker
    news: StoredNews | None = None

    @classmethod
    def over(
        cls,
        community: Community,
        entries: tuple[Directory, Calendar],
        server_name: str,
        source: Source,
        asker: Asker,
    ) -> QuestionAnswerer:
        """Build the index and the features once, for any number of questions."""
        features = FeatureSet(community, server_name, PACKAGES, ANSWERING, _all_help)
        directory, calendar = entries
        features.use(directory, calendar=calendar)
        of_calendar = {key_of(entry): entry for entry in calendar_entries(calendar)}
        return cls(features, {**entries_by_key(directory), **of_calendar}, source, asker)

    def ask(self, text: str, conversation: str) -> Reply:
        """Return the bot's reply."""
        asker = self.asker
        readers = frozenset((asker.role,) if asker.role else ())
        context = MessageContext(
            text, asker.person, True, asker.now, readers=readers, conversation=conversation
        )
        if self.news is not None:
            found = self.news.answer(context)
            if found is not None:
                return found
            self.news.interrupted(context)
        return self.features.answer(context)

    def as_dict(self, reply: Reply, limit: int) -> dict[str, object]:
        """Return a reply as plain values for ``--json``, with the entries that its text shows."""
        found = reply.found
        keys = () if found is None else found.keys[:limit]
        language = self.asker.language if found is None else found.language
        return {
            "certain": found is not None and found.certain,
            "language": language,
            "entries": [self._entry(key, language) for key in keys],
            "more": 0 if found is None else found.total - len(keys),
            "text": reply.text,
            "html": reply.html,
            "source": self.source,
        }

    def _entry(self, key: EntryKey, language: str) -> dict[str, object]:
        entry = self.entries[key]
        name = name_of(entry).text(language)
        confirmed = confirmed_on(entry) if isinstance(entry, DirectoryEntry) else None
        day = None if confirmed is None else confirmed.isoformat()
        return {"kind": key[0], "key": key[1], "name": name, "confirmed": day}
