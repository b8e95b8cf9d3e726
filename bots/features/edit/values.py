"""A value that somebody said for a field: the JSON value it is, or a sentence that says what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from bots.context.incoming import IncomingMessage
from bots.features.edit import text_reader as read
from bots.features.edit.text_reader import TextReader
from community.core.messages import Message, msg
from community.core.plain_text import clean, one_line
from community.directory.cards import STAGES
from community.directory.changes import Edit, edited
from community.directory.differences import KINDS, LOCALIZED, Reading, localized
from community.directory.entry import Entry, EntryKind
from community.directory.naming import Known

LONGEST_NAME = 200
_SHOWN = 60
_KINDS: Mapping[EntryKind, tuple[str, ...]] = {
    "resource": ("document", "tool", "guide", "video", "advice"),
    "contact": ("person", "desk"),
    "project": (),
}


@dataclass(frozen=True)
class Values:
    """Reads values for the entries that are known, and says what is wrong in one language."""

    understanding: TextReader
    known: Known
    reading: Reading

    def fields(
        self, kind: EntryKind, name: str, text: str, old: object = None
    ) -> dict[str, object] | Message:
        """Return the field ``name`` of an entry as ``text`` says it; ``reach`` stands for three fields.

        ``old`` is its value until now: of a text in several languages only the speaker's is replaced.
        """
        said = one_line(text, longest=5000)
        value = read.reach(said) if name == "reach" else self._value(kind, name, said, old)
        if isinstance(value, Message):
            return value
        if name == "reach" and not value:
            return msg("I see no phone number, e-mail address or Matrix ID in “{text}”.", text=_shown(said))
        fields = value if name == "reach" and isinstance(value, dict) else {name: value}
        return self.refusal(kind, fields) or fields

    def refusal(self, kind: EntryKind, fields: Mapping[str, object]) -> Message | None:
        """Return what is wrong with fields, None where nothing is."""
        for name in ("name", "title"):
            if max(map(len, _texts(fields.get(name, ""))), default=0) > LONGEST_NAME:
                return msg("the text is too long: at most {most} characters", most=LONGEST_NAME)
        made = edited(Edit(kind, "new", fields), None)
        found = made if isinstance(made, tuple) else ()
        return next((refusal.what for refusal in found if refusal.field in fields), None)

    def _value(self, kind: EntryKind, name: str, said: str, old: object) -> object | Message:
        match name:
            case _ if name in LOCALIZED:
                return localized(old, said, self.reading.translate.language)
            case "themes":
                return list(self.understanding.themes(said)) or self._unknown_theme(said)
            case "cities":
                return self._cities(said)
            case "languages":
                found = self.understanding.languages(said, any_language=True)
                return list(found) or msg("I know no language “{text}”.", text=_shown(said))
            case "deputy" | "lead":
                return self._contact(said)
            case _:
                return self._plain(kind, name, said)

    def _plain(self, kind: EntryKind, name: str, said: str) -> object | Message:
        match name:
            case "link":
                return next(iter(read.links_in(said)), said)
            case "links":
                return list(read.links_in(said)) or [said]
            case "stage":
                return read.stage_in(said) or self._none_of(said, STAGES.values())
            case "kind":
                allowed = _KINDS[kind]
                return read.what_in(said, allowed) or self._none_of(said, (KINDS[one] for one in allowed))
            case "phone":
                return read.phone(said)
            case "email":
                return read.reach(said).get("email", said)
            case "partners":
                return [part for one in said.replace("،", ",").split(",") if (part := one.strip())]
            case _:
                return said

    def _unknown_theme(self, said: str) -> Message:
        names = [self.reading.value("themes", [theme.key]) for theme in self.understanding.community.themes]
        return msg(
            "I know no theme “{text}”. The themes are: {names}.", text=_shown(said), names=", ".join(names)
        )

    def _cities(self, said: str) -> object | Message:
        found = self.understanding.cities(said)
        if found or read.means_everywhere(said):
            return list(found)
        names = [self.reading.city(city.key) for city in self.understanding.community.cities]
        return msg(
            "I know no city “{text}”. The cities are: {names}.", text=_shown(said), names=", ".join(names)
        )

    def _none_of(self, said: str, choices: Iterable[Message]) -> Message:
        names = ", ".join(self.reading.translate(choice) for choice in choices)
        return msg("“{text}” is none of: {names}.", text=_shown(said), names=names)

    def _contact(self, said: str) -> object | Message:
        found = self.known.named(said, ("contact",))
        if found.entry is not None:
            return found.entry.key
        return self.unknown(said, found.near)

    def unknown(self, said: str, near: Iterable[Entry]) -> Message:
        """Return what is said of a name that means no entry, or several."""
        names = [self.reading.name(entry) for entry in near]
        if names:
            return msg(
                "I am not sure which one you mean by “{text}”. The nearest: {names}.",
                text=_shown(said),
                names="; ".join(names),
            )
        return msg("I know no entry “{text}”.", text=_shown(said))


def file_of(quoted: IncomingMessage | None) -> dict[str, object] | None:
    """Return the encrypted file of a message as an `Attachment`'s JSON value; None where it has none.

    What is in it is the sender's word: the model refuses what has not its form.
    """
    file = None if quoted is None else quoted.file
    if file is None:
        return None
    name = one_line(file.name, longest=120) or "file"
    return {**asdict(file), "name": name, "type": file.type or "application/octet-stream"}


def _shown(text: str) -> str:
    return clean(text, longest=_SHOWN)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value.values()] if isinstance(value, dict) else [str(value)]
