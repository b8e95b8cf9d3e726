"""What somebody answers about their network, each answer checked by itself and with the others. Pure.

A check returns what is meant, or the sentence that says what is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.description.email_address import email_address
from community.description.iso_codes import LANGUAGES_OF_TWO_LETTERS
from community.description.settings import is_on_loopback

LOOPBACK_DOMAIN = "palabre.localhost"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_ADDRESS = re.compile(rf"https?://(?:{_LABEL}\.)*{_LABEL}(?::[1-9][0-9]{{0,4}})?")
_EMAIL = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._+-]*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE)
"""What a Caddyfile has as one word, and what those who give certificates write to."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LONGEST_NAME = 120
_LONGEST_KEY = 48


class Run(StrEnum):
    """How the network is run."""

    COMPUTER = "computer"
    """`palabre up`, on this computer only."""
    CONTAINERS = "containers"
    """docker-compose.yml, with Caddy in front."""
    SERVICES = "services"
    """As services of the operating system, with Caddy in front."""
    EXISTING = "existing"
    """A homeserver that is there already."""


RUNS = {
    Run.COMPUTER: msg("this computer, to try it (no phone can reach it)"),
    Run.CONTAINERS: msg("containers (Docker), for a server of your own"),
    Run.SERVICES: msg("services of the operating system, for a server of your own"),
    Run.EXISTING: msg("a homeserver that is there already"),
}


@dataclass(frozen=True, slots=True)
class NetworkAnswers:
    """Where a network is, what it is called and how it is run.

    ``domain`` is the homeserver's name; ``host`` the one under which people reach it, the same unless somebody says
    otherwise. ``key`` is carried by every room: it is made from the first name, and stays when that changes.
    ``homeserver``: where Palabre reaches one that is there already, where that is not https:// and the host.
    """

    domain: str
    host: str
    name: str
    languages: tuple[str, ...]
    run: Run
    email: str | None
    key: str
    homeserver: str | None = None

    @property
    def homeserver_address(self) -> str:
        """Where Palabre reaches a homeserver that is there already."""
        return self.homeserver or f"https://{self.host}"

    @property
    def address(self) -> str | None:
        """The public address, None where only this computer reaches it, or where it is not ours to serve."""
        is_ours = self.run in (Run.CONTAINERS, Run.SERVICES)
        return f"https://{self.host}" if is_ours and not is_on_loopback(self.domain) else None

    def plain(self) -> dict[str, Any]:
        """Return the answers as they are remembered."""
        return {
            "domain": self.domain,
            "address": self.host,
            "name": self.name,
            "languages": list(self.languages),
            "run": self.run.value,
            "email": self.email,
            "key": self.key,
            **({} if self.homeserver is None else {"homeserver": self.homeserver}),
        }


def needs_email(domain: str, run: Run) -> bool:
    """Whether certificates are asked for, so that somebody must be told when one runs out."""
    return run in (Run.CONTAINERS, Run.SERVICES) and not is_on_loopback(domain)


def domain(text: str) -> str | Message:
    """Return the domain that is meant; what was copied from an address bar is taken for it."""
    found = text.strip().lower().removeprefix("https://").removesuffix("/")
    is_name = len(found) <= 230 and (_DOMAIN.fullmatch(found) or found == LOOPBACK_DOMAIN)
    if is_name and (found == LOOPBACK_DOMAIN or not is_on_loopback(found)):
        return found
    encoded = _encoded(found)
    if encoded is not None:
        return msg(
            "“{text}” is written otherwise where computers read it: write {encoded}.",
            text=one_line(text),
            encoded=encoded,
        )
    return msg(
        "“{text}” is not a domain: write one such as palabre.example.org, or {loopback} for this computer only.",
        text=one_line(text),
        loopback=LOOPBACK_DOMAIN,
    )


def _encoded(name: str) -> str | None:
    """Return a domain with letters beyond a to z as the DNS has it (``xn--…``), None where it is none.

    The codec is that of IDNA 2003, which makes another name of a few (``straße`` is ``strasse`` to it): of these
    nothing is said.
    """
    try:
        encoded = name.encode("idna").decode()
        is_same = encoded.encode().decode("idna") == name
    except UnicodeError:
        return None
    return encoded if is_same and not name.isascii() and _DOMAIN.fullmatch(encoded) else None


def homeserver(text: str) -> str | Message:
    """Return the address of a homeserver that is meant; a name alone is one over TLS."""
    found = text.strip().lower().removesuffix("/")
    whole = found if "://" in found else f"https://{found}"
    if _ADDRESS.fullmatch(whole):
        return whole
    return msg(
        "“{text}” is not the address of a homeserver: write one such as https://matrix.example.org or "
        "http://127.0.0.1:8008.",
        text=one_line(text),
    )


def network_name(text: str) -> str | Message:
    """Return the name that is meant."""
    found = text.strip()
    if 0 < len(found) <= _LONGEST_NAME and not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in found
    ):
        return found
    if any(unicodedata.category(c) == "Cs" for c in found):
        return msg(
            "The name has bytes that are not UTF-8: write it anew, on a terminal that is set to UTF-8."
        )
    return msg("The name is one line of 1 to {longest} characters.", longest=_LONGEST_NAME)


def languages(text: str) -> tuple[str, ...] | Message:
    """Return the codes of languages in a text such as ``fr, en``."""
    found = tuple(dict.fromkeys(word.lower() for word in re.split(r"[,;\s]+", text) if word))
    wrong = next((word for word in found if not _LANGUAGE.fullmatch(word)), None)
    if found and wrong is None:
        unknown = next((code for code in found if not _is_language(code)), None)
        return found if unknown is None else msg("“{value}” is no language's code (ISO 639)", value=unknown)
    return msg(
        "“{text}” is not a list of languages: write their codes, such as fr, en, pt.",
        text=one_line(wrong or text),
    )


def _is_language(code: str) -> bool:
    """Whether a code is taken in a description."""
    return len(code) > len("fr") or code in LANGUAGES_OF_TWO_LETTERS


def email(text: str) -> str | Message:
    """Return the e-mail address that is meant."""
    found = email_address(one_line(text))
    if isinstance(found, Message) or _EMAIL.fullmatch(found):
        return found
    return msg(
        "“{text}” cannot be used for certificates: write one of a to z, digits and . _ + - alone.", text=found
    )


def run(text: str) -> Run | Message:
    """Return how to run it, from its number in the list or its word."""
    found = text.strip().lower()
    numbered = {str(number): choice for number, choice in enumerate(Run, 1)}
    choice = numbered.get(found) or next((each for each in Run if each.value == found), None)
    if choice is not None:
        return choice
    return msg(
        "“{text}” is none of these: {runs}.", text=one_line(text), runs=", ".join(each.value for each in Run)
    )


def run_with(domain: str, run: Run) -> Message | None:
    """Return why a homeserver of that name cannot be run so."""
    if not is_on_loopback(domain) or run in (Run.COMPUTER, Run.CONTAINERS):
        return None
    return msg(
        "“{domain}” exists on this computer only: give a domain of yours, or run it on this computer or in containers.",
        domain=domain,
    )


def together(answers: NetworkAnswers) -> Message | None:
    """Return what is wrong between answers that are right each by itself."""
    wrong = run_with(answers.domain, answers.run)
    if wrong is not None:
        return wrong
    if is_on_loopback(answers.domain):
        if answers.host != answers.domain:
            return msg(
                "“{domain}” exists on this computer only and cannot have the address “{host}”: give a domain of yours.",
                domain=answers.domain,
                host=answers.host,
            )
    elif is_on_loopback(answers.host):
        return msg("Nobody reaches “{host}” from elsewhere: give an address of yours.", host=answers.host)
    if needs_email(answers.domain, answers.run) and answers.email is None:
        return msg(
            "An e-mail address is missing: whoever gives the certificates writes to it when one runs out."
        )
    return None


def key_of(name: str, domain: str) -> str:
    """Return a key for a community of that name: its letters without accents, else the domain's first part."""
    for text in (name, domain.partition(".")[0], "community"):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")
        if found:
            return found
    raise AssertionError("the last text is a key")


def remembered(plain: Mapping[str, Any]) -> NetworkAnswers:
    """Return the answers that `NetworkAnswers.plain` has written. Raises KeyError, ValueError where they are others."""
    return NetworkAnswers(
        domain=str(plain["domain"]),
        host=str(plain["address"]),
        name=str(plain["name"]),
        languages=tuple(map(str, plain["languages"])),
        run=Run(plain["run"]),
        email=None if plain["email"] is None else str(plain["email"]),
        key=str(plain["key"]),
        # An older Palabre did not ask for it.
        homeserver=None if plain.get("homeserver") is None else str(plain["homeserver"]),
    )
