"""Reads the value of a field from text: as JSON, or a sentence that says what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from bots.context.incoming import IncomingMessage
from bots.features.edit import text_reader as read
from bots.features.edit.text_reader import TextReader
from community.core.messages import Message, msg
from community.core.plain_text import clean, listed, one_line
from community.description.code_names import localpart
from community.description.email_address import email_address
from community.directory.cards import STAGES
from community.directory.changes import Edit, edited
from community.directory.differences import KINDS, LOCALIZED, DifferenceReader, localized
from community.directory.entry import Entry, EntryKind
from community.directory.naming import KnownEntries

LONGEST_NAME = 200
_SHOWN = 60
_KINDS: Mapping[EntryKind, tuple[str, ...]] = {
    "resource": ("document", "tool", "guide", "video", "advice"),
    "contact": ("person", "desk"),
    "project": (),
}


@dataclass(frozen=True)
class Values:
    """Reads values of fields. ``reading`` has the language, in which errors are reported."""

    text_reader: TextReader
    known: KnownEntries
    reading: DifferenceReader

    def fields(
        self, kind: EntryKind, name: str, text: str, old: object = None
    ) -> dict[str, object] | Message:
        """Return the field ``name`` of an entry with the value in ``text``, or what is wrong with it.

        ``reach`` is no field: it stands for ``email``, ``phone`` and ``member``. ``old`` is the field's current value:
        of a text in several languages only the one in the sender's language is replaced.
        """
        line = one_line(text, longest=5000)
        value = read.reach(line) if name == "reach" else self._value(kind, name, line, old)
        if isinstance(value, Message):
            return value
        if name == "reach" and not value:
            return msg("I see no phone number, e-mail address or Matrix ID in “{text}”.", text=_shown(line))
        fields = value if name == "reach" and isinstance(value, dict) else {name: value}
        return self.refusal(kind, fields) or fields

    def refusal(self, kind: EntryKind, fields: Mapping[str, object]) -> Message | None:
        """Return what is wrong with the first invalid field, None where all are valid."""
        for name in ("name", "title"):
            if max(map(len, _texts(fields.get(name, ""))), default=0) > LONGEST_NAME:
                return msg("the text is too long: at most {most} characters", most=LONGEST_NAME)
        # What stands in a store since before a rule was made is valid to `Contact`; where it is new, it is not.
        for name, reading in (("phone", read.phone), ("email", email_address)):
            value = reading(str(fields[name])) if fields.get(name) else None
            if isinstance(value, Message):
                return value
        made = edited(Edit(kind, "new", fields), None)
        found = made if isinstance(made, tuple) else ()
        return next((refusal.what for refusal in found if refusal.field in fields), None)

    def _value(self, kind: EntryKind, name: str, text: str, old: object) -> object | Message:
        match name:
            case _ if name in LOCALIZED:
                return localized(old, text, self.reading.translate.language)
            case "themes":
                return list(self.text_reader.themes(text)) or self._unknown_theme(text)
            case "cities":
                return self._cities(text)
            case "languages":
                found, unknown = self.text_reader.languages_listed(text)
                if unknown is not None:
                    return msg("I know no language called “{text}”.", text=_shown(unknown))
                return list(found)
            case "deputy" | "lead":
                return self._contact(text)
            case _:
                return self._plain(kind, name, text)

    def _plain(self, kind: EntryKind, name: str, text: str) -> object | Message:
        match name:
            case "link":
                return next(iter(read.links_in(text)), text)
            case "links":
                return list(read.links_in(text)) or [text]
            case "stage":
                return read.stage_in(text) or self._none_of(text, STAGES.values())
            case "kind":
                allowed = _KINDS[kind]
                return read.what_in(text, allowed) or self._none_of(text, (KINDS[one] for one in allowed))
            case "phone":
                return read.phone(text)
            case "email":
                return read.reach(text).get("email") or email_address(text)
            case "member":
                return read.reach(text).get("member") or localpart(text)
            case "partners":
                return [part for one in text.replace("،", ",").split(",") if (part := one.strip())]
            case _:
                return text

    def _unknown_theme(self, text: str) -> Message:
        names = [self.reading.value("themes", [theme.key]) for theme in self.text_reader.community.themes]
        return msg(
            "I know no theme called “{text}”. The themes are: {names}.",
            text=_shown(text),
            names=self._listed(names),
        )

    def _cities(self, text: str) -> object | Message:
        found = self.text_reader.cities(text)
        if found or read.means_everywhere(text):
            return list(found)
        names = [self.reading.city(city.key) for city in self.text_reader.community.cities]
        return msg(
            "I do not know “{text}”. The {places} are: {names}.",
            text=_shown(text),
            names=self._listed(names),
        )

    def _none_of(self, text: str, choices: Iterable[Message]) -> Message:
        names = self._listed(self.reading.translate(choice) for choice in choices)
        return msg("“{text}” is not one of these: {names}.", text=_shown(text), names=names)

    def _listed(self, names: Iterable[str], *, apart: bool = False) -> str:
        return listed(names, self.reading.translate.language, apart=apart)

    def _contact(self, text: str) -> object | Message:
        found = self.known.named(text, ("contact",))
        if found.entry is not None:
            return found.entry.key
        return self.unknown(text, found.near)

    def unknown(self, text: str, near: Iterable[Entry]) -> Message:
        """Return the sentence for a name that matches no entry, or several; ``near`` are the nearest."""
        names = [self.reading.name(entry) for entry in near]
        if names:
            return msg(
                "I am not sure which one you mean by “{text}”. The nearest: {names}.",
                text=_shown(text),
                names=self._listed(names, apart=True),
            )
        return msg("I know no entry called “{text}”.", text=_shown(text))


def file_of(quoted: IncomingMessage | None) -> dict[str, object] | None:
    """Return the encrypted file of a message as an `Attachment`'s JSON value; None where it has none.

    See the specification, "Sending encrypted attachments" (``EncryptedFile``). Its values are
    not checked here: `Attachment` refuses what is malformed.
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
