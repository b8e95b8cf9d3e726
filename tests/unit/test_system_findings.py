"""What `palabre doctor` says of versions, certificates and the store's database."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from community.core.doctor import State
from community.core.messages import Translator
from community.description.data_folder import DataFolder
from community.description.settings import BotSettings, HomeserverSettings, ProvisioningSettings, Settings
from community.storage import open_store
from matrix.public_server import Certificate
from palabre_cli.installers import pinned_synapse
from palabre_cli.options import shipped
from palabre_cli.public_findings import certificate_finding, name_finding
from palabre_cli.system_findings import address_findings, database_findings, own_ports, version_findings
from palabre_cli.version_findings import NEWEST_PYTHON, python_finding, synapse_finding
from palabre_cli.way_out import is_cut_off
from tests.lib.descriptions import DATA
from tests.lib.in_process import palabre

NOW = datetime(2026, 11, 29, 14, tzinfo=UTC)
CONSTRAINTS = shipped("synapse") / "constraints.txt"


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("1.135.2", State.FAULT),
        ("1.136.0", State.WARNING),
        ("1.162.0rc1", State.WARNING),
        ("1.163.0", State.OK),
        ("1.170.1", State.OK),
        ("2.0.0", State.OK),
    ],
)
def test_a_synapse_suits_by_its_version(version: str, state: State) -> None:
    found = synapse_finding(version, "1.163.0")
    assert (found.state, found.remedy is None) == (state, state is State.OK)


def test_the_pinned_synapse_is_the_pinned_one_and_this_python_is_tried() -> None:
    pinned = pinned_synapse(CONSTRAINTS)
    assert synapse_finding(pinned, pinned).state is State.OK
    assert python_finding(sys.version_info[:2]).state is State.OK
    newer = python_finding((NEWEST_PYTHON[0], NEWEST_PYTHON[1] + 1))
    assert (newer.state, newer.remedy is None) == (State.WARNING, False)


async def test_of_what_synapse_says_of_itself_the_version_alone_is_shown(tmp_path: Path) -> None:
    """It names the branch and commit of whatever repository it is run from: our own, beside our checkout."""
    told = f"{pinned_synapse(CONSTRAINTS)} (b=main,a1b2c3d4e,dirty)"

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"server_version": told})

    application = web.Application()
    application.router.add_get("/_synapse/admin/v1/server_version", answer)
    async with TestServer(application) as server:
        settings = Settings(homeserver=HomeserverSettings(url=str(server.make_url("")).rstrip("/")))
        synapse, _python = await version_findings(settings, DataFolder(tmp_path))
    assert synapse.state is State.OK
    assert f"The homeserver is Synapse {pinned_synapse(CONSTRAINTS)};" in str(synapse.sentence)


@pytest.mark.parametrize(
    ("certificate", "state"),
    [
        (None, State.FAULT),
        (Certificate("certificate has expired"), State.FAULT),
        (Certificate(None, NOW + timedelta(days=13)), State.WARNING),
        (Certificate(None, NOW + timedelta(days=60)), State.OK),
    ],
)
def test_a_certificate_is_good_for_so_many_days(certificate: Certificate | None, state: State) -> None:
    found = certificate_finding("matrix.example.org", certificate, NOW)
    assert (found.state, found.remedy is None) == (state, state is State.OK)


@pytest.mark.parametrize(
    ("addresses", "state"),
    [
        ((), State.FAULT),
        (("127.0.1.1",), State.WARNING),
        (("10.0.0.7", "fe80::1%eth0"), State.WARNING),
        (("10.0.0.7", "2a01:4f8::1"), State.OK),
        (("9.9.9.9",), State.OK),
    ],
)
def test_a_name_leads_to_an_address_of_the_internet(addresses: tuple[str, ...], state: State) -> None:
    assert name_finding("matrix.example.org", addresses).state is state


def test_without_a_public_address_nothing_is_looked_at() -> None:
    assert list(address_findings(DATA / "small", Settings(), NOW)) == []


def test_the_ports_of_the_settings_are_for_this_computer() -> None:
    assert own_ports(Settings()) == (5432,)
    settings = Settings(
        homeserver=HomeserverSettings(metrics_port=9100),
        provisioning=ProvisioningSettings(http_port=9102),
        bots=BotSettings(metrics_port=9101),
    )
    assert own_ports(settings) == (5432, 9100, 9102, 9101)


async def test_a_whole_database_is_said_to_be_and_a_missing_one_is_not_made(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert await database_findings(Settings(), data) == ()
    assert not data.store.exists()
    async with await open_store(Settings(), data):
        pass
    (found,) = await database_findings(Settings(), data)
    assert found.state is State.OK


def test_a_damaged_database_is_a_finding_of_its_own_and_ends_no_command(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    asyncio.run(_make(data))
    pages = bytearray(data.store.read_bytes())
    for page in range(2, len(pages) // 4096):
        pages[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    data.store.write_bytes(bytes(pages))
    (found,) = asyncio.run(database_findings(Settings(), data))
    assert found.state is State.FAULT
    assert found.remedy is not None
    done = palabre("doctor", "--json", "--config", DATA / "small", "--data", data.root, cwd=tmp_path)
    states = {each["name"]: each["state"] for each in json.loads(done.out)["findings"]}
    assert (done.code, states["database"]) == (1, "fault")


@pytest.mark.parametrize(
    ("revision", "state", "said"),
    [
        (None, State.WARNING, "Palabre's database is of an older version."),
        ("0001", State.WARNING, "Palabre's database is of an older version."),
        ("9999", State.FAULT, "A newer Palabre has written the database."),
    ],
)
async def test_a_database_of_another_version_is_said_to_be_and_left_as_it_is(
    tmp_path: Path, revision: str | None, state: State, said: str
) -> None:
    data = DataFolder(tmp_path)
    async with await open_store(Settings(), data):
        pass
    with closing(sqlite3.connect(data.store)) as connection:
        if revision is None:
            connection.execute("DROP TABLE alembic_version")
        else:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()
    before = data.store.read_bytes(), sorted(tmp_path.iterdir())
    (found,) = await database_findings(Settings(), data)
    assert (found.state, Translator("en")(found.sentence)) == (state, said)
    assert (data.store.read_bytes(), sorted(tmp_path.iterdir())) == before


async def _make(data: DataFolder) -> None:
    async with await open_store(Settings(), data) as store:
        await store.marks.note("something", NOW)


def test_a_public_address_whose_name_nobody_knows_is_said_to_lead_nowhere() -> None:
    settings = Settings(
        homeserver=HomeserverSettings(server_name="example.invalid"),
        public_address="https://matrix.example.invalid",
    )
    found = list(address_findings(DATA / "small", settings, NOW))
    assert [(each.name, each.state) for each in found] == [
        ("public/name", State.FAULT),
        ("public/certificate", State.FAULT),
    ]


def test_who_reaches_nothing_outside_does_not_judge_the_public_address() -> None:
    settings = Settings(
        homeserver=HomeserverSettings(server_name="example.invalid"),
        public_address="https://matrix.example.invalid",
    )
    (found,) = address_findings(DATA / "small", settings, NOW, is_cut_off=True)
    assert (found.name, found.state) == ("public", State.WARNING)


IPV4 = "Iface\tDestination\tGateway\tFlags\n"
NEAR = "eth0\t000200C0\t00000000\t0001\n"
OUT = "eth0\t00000000\t010200C0\t0003\n"
IPV6_OUT = f"{'0' * 32} 00 {'0' * 32} 00 fd000000000000000000000000000001 00000400 3 0 3 eth0\n"
IPV6_NONE = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 1 0 00200200 lo\n"


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "cut_off"),
    [
        (IPV4 + NEAR + OUT, IPV6_NONE, False),
        (IPV4 + NEAR, IPV6_OUT, False),
        (IPV4 + NEAR, IPV6_NONE, True),
        (IPV4, "", True),
        (IPV4 + NEAR, None, True),
        (None, None, False),
    ],
)
def test_the_routing_tables_say_whether_anything_outside_is_reached(
    tmp_path: Path, ipv4: str | None, ipv6: str | None, cut_off: bool
) -> None:
    for name, text in (("ipv4", ipv4), ("ipv6", ipv6)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert is_cut_off(tmp_path / "ipv4", tmp_path / "ipv6") is cut_off
