"""Gets a file from an address of the Internet that a person named, whoever answers there. Sends no secret.

An address may lead anywhere: to this machine, into its network, to a server that never ends. So only https is asked,
only at addresses of the public Internet, also where one leads on to another; the name is looked up once, and the
connection goes to the address that was looked at (no other answer of the name's server counts). What comes is counted
while it comes, also unpacked. Beside `matrix.http` alone in importing aiohttp's client.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import aiohttp
from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from community.core.errors import PalabreError
from community.core.messages import Message, msg
from community.core.plain_text import one_line

PATIENCE = 30.0
"""Seconds for all of it."""
MOST_REDIRECTS = 5
_HTTPS = 443
_CHUNK = 65_536
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_TRANSLATED = ip_network("64:ff9b::/96")
"""Addresses that lead to one of IPv4, which are their last four bytes (RFC 6052)."""
_FORMS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}

IsAllowed = Callable[[str], bool]


class DownloadRefused(PalabreError):
    """Nothing was got from an address. Neither sentence has more of it than the server's name: it may be secret."""


@dataclass(frozen=True, slots=True)
class DownloadRules:
    """``most``: bytes, unpacked. ``allowed``: which numeric addresses are connected to. ``ssl``: for other roots."""

    most: int
    allowed: IsAllowed
    ssl: ssl.SSLContext | None = None


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public Internet: not this machine, its network, or one of many."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_one_of_all, _led_to(found)))


def _is_one_of_all(address: IPv4Address | IPv6Address) -> bool:
    # Of the old addresses of a site (fec0::/10) Python says that they are global.
    is_of_site = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or is_of_site)


def _led_to(address: IPv4Address | IPv6Address) -> Sequence[IPv4Address | IPv6Address]:
    """Return the address, with those of IPv4 to which it leads; in place of it the one that it only stands for."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address in _TRANSLATED:
        return (IPv4Address(address.packed[-4:]),)
    inner = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return (address, *(one for one in inner if one is not None))


class _CheckedResolver(AbstractResolver):
    """Looks a name up, and refuses it where it leads anywhere that is not allowed."""

    def __init__(self, allowed: IsAllowed) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses that are connected to."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [(where[0], where[1], kind, protocol) for kind, _, protocol, _, where in found]
        if not all(self._allowed(str(address)) for address, *_ in addresses):
            raise _not_public(host)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=int(number),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for address, number, kind, protocol in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


def _checked_sockets(allowed: IsAllowed) -> Callable[[AddrInfoType], socket.socket]:
    """Return what makes a socket for an address that is allowed, whatever was looked at before."""

    def checked(where: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = where
        if not allowed(str(address[0])):
            raise _not_public(str(address[0]))
        return socket.socket(family, kind, protocol)

    return checked


async def download(address: str, rules: DownloadRules) -> bytes:
    """Return what is found at an address.

    ``webcal://`` is read as ``https://``.

    Raises:
        DownloadRefused: it may not be asked, nothing answers, or what comes is too much.
    """
    connector = aiohttp.TCPConnector(
        resolver=_CheckedResolver(rules.allowed),
        socket_factory=_checked_sockets(rules.allowed),
        ssl=rules.ssl or True,
        use_dns_cache=False,
        limit=1,
    )
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    parts = asked_for(address)
    try:
        async with (
            asyncio.timeout(PATIENCE),
            aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session,
        ):
            return await _followed(session, parts, rules)
    except TimeoutError as error:
        raise _failed(parts, msg("it takes longer than {seconds} seconds", seconds=int(PATIENCE))) from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise _failed(parts, msg("its certificate is not valid")) from error
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
        raise _failed(parts, msg("nothing there answers as a web server does")) from error


def asked_for(address: str) -> SplitResult:
    """Return the parts of an address that may be asked.

    Raises:
        DownloadRefused: it may not.
    """
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _no_address() from error
    if parts.scheme in ("webcal", "webcals"):
        parts = parts._replace(scheme="https")
    if parts.scheme != "https" or not host:
        raise _no_address()
    if parts.username is not None or parts.password is not None:
        raise DownloadRefused(
            msg("The address has a user name or a password in it, and was not asked."),
            msg("Share the calendar by an address that needs none, or save it as a file and name that."),
        )
    if port == 0:
        raise _no_address()
    return parts._replace(fragment="")


def _no_address() -> DownloadRefused:
    return DownloadRefused(
        msg("Only addresses that begin with https:// are asked."),
        msg(
            "Copy the address that the calendar gives for other programs, or save it as a file and name that."
        ),
    )


def _not_public(host: str) -> DownloadRefused:
    return DownloadRefused(
        msg("{server} is not on the public Internet, and was not asked.", server=one_line(host, longest=100)),
        msg("If it is a server of your own, save the calendar as a file there, and name that."),
    )


def _failed(parts: SplitResult, why: Message) -> DownloadRefused:
    server = one_line(parts.hostname or "", longest=100)
    return DownloadRefused(
        msg("The calendar could not be got from {server}: {why}.", server=server, why=why),
        msg("Look at the address in a browser, or save the calendar as a file and name that."),
    )


async def _followed(session: aiohttp.ClientSession, parts: SplitResult, rules: DownloadRules) -> bytes:
    """Ask, and go on where the answer leads, each time as carefully as at first."""
    for _ in range(MOST_REDIRECTS + 1):
        # aiohttp looks up names alone: an address in figures is not given to the resolver.
        if _is_numeric(parts.hostname or "") and not rules.allowed(parts.hostname or ""):
            raise _not_public(parts.hostname or "")
        async with session.get(
            urlunsplit(parts),
            allow_redirects=False,
            headers={"Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "gzip"},
        ) as response:
            leads_to = response.headers.get("Location")
            if response.status in _REDIRECTS and leads_to:
                parts = asked_for(urljoin(urlunsplit(parts), leads_to))
                continue
            if response.status != 200:
                why = msg("it answers {status}", status=response.status)
                raise _failed(parts, why)
            return await _read(response, parts, rules.most)
    raise _failed(parts, msg("it leads on and on to other addresses"))


def _is_numeric(host: str) -> bool:
    """Whether it is an address in figures, in any of the forms that a socket takes for one (127.1, 2130706433)."""
    return ":" in host or host.replace(".", "").isdigit()


async def _read(response: aiohttp.ClientResponse, parts: SplitResult, most: int) -> bytes:
    content = bytearray()
    async for piece in _unpacked(response, most):
        content += piece
        if len(content) > most:
            raise _failed(parts, msg("it is larger than {most} MB", most=most // 1_000_000))
    return bytes(content)


async def _unpacked(response: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
    form = response.headers.get("Content-Encoding", "identity").strip().lower()
    if form == "identity":
        async for piece in response.content.iter_chunked(_CHUNK):
            yield piece
        return
    if form not in _FORMS:
        raise ValueError("packed in a way that was not asked for")
    unpacker = zlib.decompressobj(_FORMS[form])
    async for piece in response.content.iter_chunked(_CHUNK):
        # Never more of it than is read at most: a few bytes may unpack to gigabytes.
        yield unpacker.decompress(piece, most + 1)
        if unpacker.eof:
            # What still comes is none of it, and would be kept in memory as long as it comes.
            return
    raise ValueError("cut off")
