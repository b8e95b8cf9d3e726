"""What `palabre doctor` finds at the public address: its name, certificate, `.well-known`, and what it lets through."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.core.doctor import Finding, State
from community.core.messages import Message, msg, nmsg
from community.feeds.address import HEALTH
from matrix.public_server import Certificate, PublicAnswer, PublicServer, is_answering
from palabre_cli.feed_findings import feed_finding

RENEWED = timedelta(days=14)
"""Certificates are renewed a month before their end; with less than this something keeps them from being renewed."""
_REACHED = (200, 400, 401, 403, 405)
"""What a homeserver answers for a path that it has."""


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """What is to be looked at. ``name`` is the homeserver's, ``own_ports`` are for this computer alone.

    ``federates``: whether other homeservers may talk to it.
    """

    address: str
    server: PublicServer
    name: PublicServer
    federates: bool = False
    own_ports: Collection[int] = ()


def public_findings(place: PublicPlace, now: datetime) -> Iterator[Finding]:
    """Look, and yield what there is to say. Where nothing answers no more is looked at."""
    addresses = place.server.addresses()
    yield name_finding(place.server.host, addresses)
    certificate = place.server.certificate() if addresses or place.server.route else None
    yield certificate_finding(place.server.host, certificate, now)
    if certificate is None:
        return
    yield well_known_finding(place, place.name.ask("/.well-known/matrix/client"))
    if place.federates:
        yield delegation_finding(place, place.name.ask("/.well-known/matrix/server"))
    yield feed_finding(place.address, place.server.ask(HEALTH))
    yield from exposed(place)
    yield from open_ports(addresses, place.own_ports)


def name_finding(host: str, addresses: Collection[str]) -> Finding:
    """Say where a name leads."""
    if not addresses:
        return Finding(
            "public/name",
            State.FAULT,
            msg("The name {host} leads nowhere.", host=host),
            msg(
                "Where your domain is kept, make an entry A (and AAAA) for {host} with this server's address; it may "
                "take an hour to be known.",
                host=host,
            ),
        )
    if all(not ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
        return Finding(
            "public/name",
            State.WARNING,
            msg(
                "The name {host} leads to {addresses} here: no address that is reached from outside.",
                host=host,
                addresses=", ".join(addresses),
            ),
            msg(
                "If /etc/hosts says so on this computer, ask another one. Otherwise give the entry of your domain the "
                "address that the Internet has for this server."
            ),
        )
    return Finding(
        "public/name",
        State.OK,
        msg("The name {host} leads to {addresses}.", host=host, addresses=", ".join(addresses)),
    )


def certificate_finding(host: str, certificate: Certificate | None, now: datetime) -> Finding:
    """Say whether people's apps would trust what is shown, and for how long."""
    if certificate is None:
        return Finding(
            "public/certificate",
            State.FAULT,
            msg("Nothing answers at https://{host}.", host=host),
            msg("Start the proxy (Caddy), and open the ports 80 and 443 to this server."),
        )
    if certificate.refusal is not None or certificate.ends is None:
        return Finding(
            "public/certificate",
            State.FAULT,
            msg(
                "The certificate of {host} is refused by people's apps: {reason}.",
                host=host,
                reason=certificate.refusal or "?",
            ),
            msg(
                "Look at the proxy's log: it gets a certificate by itself once the name leads to it and the port 80 is "
                "open."
            ),
        )
    days = max((certificate.ends - now) // timedelta(days=1), 0)
    said = nmsg(
        "The certificate of {host} is trusted and good for {count} day.",
        "The certificate of {host} is trusted and good for {count} days.",
        count=days,
        host=host,
    )
    if certificate.ends - now >= RENEWED:
        return Finding("public/certificate", State.OK, said)
    remedy = msg("It ought to have been renewed by now: look at the proxy's log for the reason.")
    return Finding("public/certificate", State.WARNING, said, remedy)


def well_known_finding(place: PublicPlace, answer: PublicAnswer) -> Finding:
    """Say whether an app finds the homeserver by its name alone."""
    remedy = msg(
        "https://{name}/.well-known/matrix/client must answer what is in web/.well-known/matrix/client, with the "
        "header Access-Control-Allow-Origin: * (docs/operator.md, “On a domain of your own”).",
        name=place.name.host,
    )
    homeserver = answer.values.get("m.homeserver")
    told = homeserver.get("base_url") if isinstance(homeserver, dict) else None
    if answer.status != 200 or not isinstance(told, str):
        said = msg("No app finds the homeserver by the name {name} alone.", name=place.name.host)
    elif told.rstrip("/") != place.address:
        said = msg(
            "The name {name} leads apps to {told}, and people's address is {address}.",
            name=place.name.host,
            told=told,
            address=place.address,
        )
    elif answer.headers.get("access-control-allow-origin") != "*":
        said = msg(
            "The name {name} tells apps where the homeserver is, but none in a browser.", name=place.name.host
        )
    else:
        said = msg("Apps find the homeserver by the name {name} alone.", name=place.name.host)
        return Finding("public/well-known", State.OK, said)
    return Finding("public/well-known", State.FAULT, said, remedy)


def delegation_finding(place: PublicPlace, answer: PublicAnswer) -> Finding:
    """Say whether other homeservers find this one."""
    if answer.status == 200 and answer.values.get("m.server"):
        said = msg("Other homeservers find this one by the name {name}.", name=place.name.host)
        return Finding("public/delegation", State.OK, said)
    return Finding(
        "public/delegation",
        State.WARNING,
        msg(
            "Other homeservers do not find this one: {name} has no .well-known/matrix/server.",
            name=place.name.host,
        ),
        msg("Serve web/.well-known/matrix/server there too."),
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    """Something that ought not to be reached by the public name: what tells that it is, and what to say then."""

    name: str
    method: str
    path: str
    said: Message
    remedy: Message


_PROXY = msg(
    "Let the proxy lead /_matrix and /_synapse/client to the homeserver and nothing else below /_synapse."
)
_CLOSED = msg("Set it as in synapse/homeserver.yaml.j2, and start the homeserver again.")
_GATES = (
    _Gate(
        "administration",
        "GET",
        "/_synapse/admin/v2/users",
        msg("The homeserver's administration is reached from outside."),
        _PROXY,
    ),
    _Gate("metrics", "GET", "/_synapse/metrics", msg("Metrics are reached from outside."), _PROXY),
    _Gate(
        "registration",
        "POST",
        "/_matrix/client/v3/register",
        msg("Anybody can make an account on the homeserver."),
        _CLOSED,
    ),
    _Gate(
        "directory",
        "GET",
        "/_matrix/client/v3/publicRooms",
        msg("The homeserver's list of public rooms is shown to anybody."),
        _CLOSED,
    ),
    _Gate(
        "federation",
        "GET",
        "/_matrix/federation/v1/version",
        msg("Other homeservers can talk to this one, and the description names none."),
        msg("Take the resource federation out of the homeserver's listeners, and start it again."),
    ),
)


def exposed(place: PublicPlace) -> Iterator[Finding]:
    """Yield what is reached and ought not to be; one finding that all is well where nothing is."""
    found = [
        Finding(f"public/{gate.name}", State.FAULT, gate.said, gate.remedy)
        for gate in _GATES
        if not (gate.name == "federation" and place.federates)
        and _is_open(gate, place.server.ask(gate.path, method=gate.method, body=_body(gate.method)))
    ]
    yield from found
    if not found:
        yield Finding(
            "public/closed",
            State.OK,
            msg("Neither administration, metrics nor registration is reached from outside."),
        )


def _body(method: str) -> str | None:
    return "{}" if method == "POST" else None


def _is_open(gate: _Gate, answer: PublicAnswer) -> bool:
    match gate.name:
        case "administration":
            # A homeserver's own refusal has a code of Matrix: whoever has a token gets in.
            return answer.status in _REACHED and "errcode" in answer.values
        case "metrics":
            return answer.status == 200 and b"# HELP" in answer.body
        case "registration":
            # 401 lists what there is to do for an account; a closed one is 403.
            return answer.status in (200, 401) and "flows" in answer.values
        case "directory":
            return answer.status == 200 and "chunk" in answer.values
        case _:
            return answer.status == 200 and "server" in answer.values


def open_ports(addresses: Collection[str], ports: Collection[int]) -> Iterator[Finding]:
    """Yield the ports for this computer alone that answer at the public name's addresses too."""
    found = sorted({port for port in ports for address in addresses if is_answering(address, port)})
    if found:
        yield Finding(
            "public/ports",
            State.FAULT,
            nmsg(
                "The port {ports} is for this computer alone, and answers at the public address too.",
                "The ports {ports} are for this computer alone, and answer at the public address too.",
                count=len(found),
                ports=", ".join(map(str, found)),
            ),
            msg("Let what listens there listen on 127.0.0.1, or close it in the firewall."),
        )
