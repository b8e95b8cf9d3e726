"""What `palabre doctor` says of a homeserver that was there already: what is missing, and how it is set there. Pure.

A setting is named as in Synapse's ``homeserver.yaml``; where the Ansible playbook (matrix-docker-ansible-deploy) or the
Element Server Suite (ess-helm) has another word for the same, that is said too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from community.core.doctor import Finding, State
from community.core.errors import PalabreError
from community.core.messages import Message, msg, nmsg
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from matrix.errors import HomeserverUnreachable
from provisioning.homeserver_facts import (
    AdministratorFacts,
    HomeserverFacts,
    MemberFacts,
    PublicFacts,
    look,
)
from provisioning.topology import own_accounts

TESTED_VERSION = (1, 163)
"""The Synapse that Palabre is tested with (``synapse/constraints.txt``)."""
_PASSWORD_LENGTH = 12


async def homeserver_findings(settings: Settings, data: DataFolder) -> tuple[Finding, ...]:
    """Return what there is to say of the homeserver that the settings name; nothing of one that is Palabre's own."""
    url = settings.homeserver.url
    if url is None:
        return ()
    own = own_accounts(settings)
    try:
        facts = await look(url, own, data)
    except PalabreError as error:
        remedy = _elsewhere() if isinstance(error, HomeserverUnreachable) else error.remedy
        return (Finding("homeserver", State.FAULT, error.sentence, remedy),)
    return findings_of(facts, own.provisioner)


def findings_of(facts: HomeserverFacts, provisioner: str) -> tuple[Finding, ...]:
    """Return the findings; last what cannot be seen from outside, and where such lines are written.

    ``provisioner`` is the one account that may make aliases.
    """
    found = (
        *_of_access(facts),
        *_of_public(facts.public),
        *(() if facts.administrator is None else _of_administrator(facts.administrator)),
        *(() if facts.member is None else _of_member(facts.member, provisioner)),
    )
    if not found:
        sentence = msg("The homeserver is set as Palabre needs it, as far as its API shows.")
        found = (Finding("homeserver", State.OK, sentence),)
    return (*found, *_not_seen(facts, provisioner))


def _of_access(facts: HomeserverFacts) -> Iterator[Finding]:
    version = facts.public.version
    if version is None:
        yield _fault("admin-api", msg("Synapse's admin API is not reached at this address."), _elsewhere())
    elif _numbers(version) < TESTED_VERSION:
        yield _warning(
            "version",
            msg("Synapse {version} is older than the one that Palabre was tested with.", version=version),
            _upgrade(),
        )
    if facts.refused:
        yield _fault(
            "token",
            msg("The homeserver does not let the provisioner administrate it."),
            msg(
                "Look whether its account is still an administrator; give another token to “palabre connect”."
            ),
        )
    elif version is not None and facts.administrator is None:
        yield _fault(
            "token",
            msg("Palabre has no administrator's token of this homeserver yet."),
            msg("Make an account for Palabre alone there, then run “palabre connect”; see docs/operator.md."),
        )


def _of_public(facts: PublicFacts) -> Iterator[Finding]:
    if facts.delegated:
        yield _fault(
            "delegated",
            msg("The accounts of this homeserver are another service's (MAS), where Palabre can make none."),
            msg(
                "Run Palabre with a Synapse that keeps its accounts itself (ESS: matrixAuthenticationService.enabled: "
                "false, before anybody has an account)."
            ),
        )
    elif not facts.passwords:
        yield _fault(
            "passwords",
            msg("Nobody can sign in with a password there, so the bot cannot either."),
            _set("password_config: {enabled: true}"),
        )
    if facts.registration:
        yield _warning(
            "registration",
            msg("Anybody can make an account on the homeserver."),
            _set("enable_registration: false", "matrix_synapse_enable_registration: false"),
        )
    if facts.federation:
        yield _warning(
            "federation",
            msg(
                "Other homeservers can talk to this one. Safe rooms stay closed to them; others are as described."
            ),
            _set("federation_domain_whitelist: []", "matrix_homeserver_federation_enabled: false"),
        )
    if facts.public_rooms:
        yield _warning(
            "public-rooms",
            msg("Anybody can read the list of public rooms, without an account."),
            _set("allow_public_rooms_without_auth: false"),
        )
    if facts.profiles:
        yield _warning(
            "profiles",
            msg("Anybody can look up how somebody is called, without an account."),
            _set("require_auth_for_profile_requests: true"),
        )
    if facts.least_password_length < _PASSWORD_LENGTH:
        yield _warning(
            "password-length",
            msg("People may choose passwords shorter than {count} characters.", count=_PASSWORD_LENGTH),
            _set("password_config: {policy: {enabled: true, minimum_length: 12}}"),
        )


def _of_administrator(facts: AdministratorFacts) -> Iterator[Finding]:
    if not facts.room_version:
        yield _fault(
            "room-version",
            msg("The homeserver makes no rooms of version 12."),
            _upgrade(),
        )
    if facts.names:
        yield _warning(
            "names",
            msg("People may change their own name, so one may call themselves like another."),
            _set("enable_set_displayname: false"),
        )
    if facts.addresses:
        yield _warning(
            "addresses",
            msg("People may add e-mail addresses to their accounts, by which they can be found elsewhere."),
            _set("enable_3pid_changes: false"),
        )
    if facts.previews:
        yield _warning(
            "previews",
            msg("The homeserver opens links that people ask it to preview: it then knows them."),
            _set("url_preview_enabled: false", "matrix_synapse_url_preview_enabled: false"),
        )
    if facts.guests:
        yield _warning(
            "guests",
            nmsg(
                "{count} account of a guest, who has no password, is open.",
                "{count} accounts of guests, who have no password, are open.",
                count=facts.guests,
            ),
            _set("allow_guest_access: false", "matrix_synapse_allow_guest_access: false"),
        )
    if facts.listed:
        yield _warning(
            "listed",
            nmsg(
                "{count} room is in the list of public rooms.",
                "{count} rooms are in the list of public rooms.",
                count=facts.listed,
            ),
            _set("room_list_publication_rules: []"),
        )
    if not facts.unlimited:
        yield _warning(
            "rate-limit",
            msg(
                "The provisioner or the bot is slowed down like everybody else: invitations and answers wait."
            ),
            msg("Run “palabre connect” once more: it frees both."),
        )
    if not facts.polls:
        yield Finding(
            "homeserver/polls",
            State.OK,
            msg("Polls that people make in Element wake nobody's phone on this homeserver."),
            _set("experimental_features: {msc3381_polls_enabled: true}"),
        )


def _of_member(facts: MemberFacts, provisioner: str) -> Iterator[Finding]:
    if facts.aliases:
        yield _warning(
            "aliases",
            msg("Anybody can give a room of theirs an address that looks like one of ours."),
            _set(_alias_rule(provisioner)),
        )
    if facts.directory:
        yield _warning(
            "directory",
            msg("A search finds people with whom one shares no room."),
            _set("user_directory: {search_all_users: false}"),
        )
    if facts.profiles:
        yield _warning(
            "strangers",
            msg("People can look up how somebody is called with whom they share no room."),
            _set("limit_profile_requests_to_users_who_share_rooms: true"),
        )


def _not_seen(facts: HomeserverFacts, provisioner: str) -> Iterator[Finding]:
    yield Finding(
        "homeserver/not-seen",
        State.OK,
        msg("What the homeserver's API does not show, somebody has to look up there."),
        msg(
            "Look whether these lines are in its configuration: {lines}. They stand in homeserver.yaml; with the "
            "Ansible playbook under matrix_synapse_configuration_extension_yaml in vars.yml, with ESS under "
            "synapse.additional in the values.",
            lines="; ".join(_lines_to_look_up(facts, provisioner)),
        ),
    )


def _lines_to_look_up(facts: HomeserverFacts, provisioner: str) -> Iterator[str]:
    yield "encryption_enabled_by_default_for_room_type: all"
    yield "allow_per_room_profiles: false"
    yield "allow_guest_access: false"
    yield "push: {include_content: false}"
    yield "retention: {enabled: true}"
    if facts.member is None or facts.member.aliases is None:
        yield _alias_rule(provisioner)


def _set(line: str, playbook: str | None = None) -> Message:
    """Return how a line is set; ``playbook``: the Ansible playbook's own variable for the same."""
    if playbook is None:
        return msg("Write into the homeserver's configuration: {line}", line=line)
    return msg(
        "Write into the homeserver's configuration: {line} (in the Ansible playbook's vars.yml: {playbook})",
        line=line,
        playbook=playbook,
    )


def _alias_rule(provisioner: str) -> str:
    return f"alias_creation_rules: [{{user_id: '{provisioner}', action: allow}}]"


def _upgrade() -> Message:
    return msg("Upgrade Synapse to {least} or later.", least=".".join(map(str, TESTED_VERSION)))


def _elsewhere() -> Message:
    return msg(
        "Give homeserver.url an address that reaches Synapse itself. Ansible playbook, on the server: "
        "matrix_synapse_container_client_api_host_bind_port: '127.0.0.1:8008', then http://127.0.0.1:8008. ESS, in the "
        "cluster: its service for Synapse, such as http://ess-synapse.ess.svc:8008."
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Return ``1.163.0rc1`` as (1, 163, 0)."""
    parts = ("".join(takewhile(str.isdecimal, part)) for part in version.split(".")[:3])
    return tuple(int(part) for part in parts if part)


def _fault(name: str, sentence: Message, remedy: Message) -> Finding:
    return Finding(f"homeserver/{name}", State.FAULT, sentence, remedy)


def _warning(name: str, sentence: Message, remedy: Message) -> Finding:
    return Finding(f"homeserver/{name}", State.WARNING, sentence, remedy)
