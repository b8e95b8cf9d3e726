"""`palabre person`: what the store has about somebody, and forgetting them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.context.personal_data import kept_by
from bots.features.registry import FEATURES
from community.description.data_folder import DataFolder
from community.jobs.leavings import Leaving
from community.storage import Forgotten, JobState, Store
from palabre_cli.errors import CommandError
from palabre_cli.person import what_there_is
from tests.lib import in_process
from tests.lib.commands import palabre
from tests.lib.descriptions import SMALL, small
from tests.lib.drinks.effects import Cup, owner
from tests.lib.drinks.feature import DRINKS_FEATURE
from tests.lib.entries import added, contact

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA = "@awa.diallo:palabre.localhost"
GONE = "@gone:palabre.localhost"
WITH_DRINKS = (*FEATURES, DRINKS_FEATURE)


@pytest.fixture
async def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    async with await Store.open(folder.store_url) as store:
        entry = contact("awa", name="Awa Diallo", member="awa.diallo", email="awa@example.org")
        await store.entries.change([added(entry)], actor=AWA, at=NOW)
    return folder


@pytest.mark.parametrize("words", [(), ("show",)], ids=["as-ever", "show"])
@pytest.mark.parametrize("user", ["awa.diallo", AWA])
async def test_what_there_is_is_printed(data: DataFolder, user: str, words: tuple[str, ...]) -> None:
    ran = await palabre("person", *words, user, "--config", SMALL, "--data", data.root)
    found = json.loads(ran.out)
    assert ran.code == 0
    assert [entry["email"] for entry in found["entries"]] == ["awa@example.org"]
    assert [row["actor"] for row in found["history"]] == [AWA]


async def test_somebody_is_forgotten_and_that_is_noted(data: DataFolder) -> None:
    ran = await palabre(
        "person", "awa.diallo", "--forget", "--config", SMALL, "--data", data.root, language="fr"
    )
    assert (ran.code, ran.err) == (0, "")
    assert "1 entrées et 2 modifications ne nomment plus" in ran.out
    async with await Store.open(data.store_url) as store:
        (line,) = await store.audit.read()
        assert (line.action, line.subject) == ("forget", AWA)
        assert "Awa" not in str([await store.entries.directory(), await store.entries.history()])


@pytest.mark.parametrize("more", [(), ("--forget",)], ids=["print", "forget"])
async def test_a_slip_in_the_name_is_not_taken_for_done(data: DataFolder, more: tuple[str, ...]) -> None:
    ran = await palabre("person", "awa.dialo", *more, "--config", SMALL, "--data", data.root)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Nobody of the name awa.dialo is known: ")


async def test_where_there_is_no_store_it_says_so(tmp_path: Path) -> None:
    ran = await palabre("person", "awa.diallo", "--config", SMALL, "--data", tmp_path)
    assert ran.code == 1
    assert "There is no store in" in ran.err


async def test_options_may_come_first(data: DataFolder) -> None:
    ran = await palabre("person", "--config", SMALL, "--data", data.root, "awa.diallo")
    assert ran.code == 0
    assert json.loads(ran.out)["entries"]


@pytest.fixture
async def cups(data: DataFolder) -> None:
    """Give three people a cup, which the store alone would not find: whose it is only the feature can tell."""
    async with await Store.open(data.store_url) as store:
        for number, user in enumerate((AWA, GONE, "@claudine.uwase:palabre.localhost")):
            await store.jobs.file(Cup("tea", owner(user), f"${number}"), at=NOW)


@pytest.mark.usefixtures("cups")
def test_what_a_feature_keeps_is_printed_and_forgotten(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palabre_cli.person.FEATURES", WITH_DRINKS)
    where = ("--config", SMALL, "--data", data.root)
    assert json.loads(in_process.palabre("person", AWA, *where, cwd=data.root).out)["drinks"] == ["tea"]
    assert in_process.palabre("person", AWA, "--forget", *where, cwd=data.root).code == 0
    assert json.loads(in_process.palabre("person", AWA, *where, cwd=data.root).out)["drinks"] == []


@pytest.mark.usefixtures("cups")
async def test_who_is_known_to_a_feature_alone_is_known_and_forgotten_as_by_the_bot(data: DataFolder) -> None:
    kept = kept_by(WITH_DRINKS)
    found = await what_there_is(SMALL, data, GONE, kept, now=NOW, forget=False)
    assert isinstance(found, dict)
    assert {name: value for name, value in found.items() if value} == {"drinks": ["tea"]}
    gone = await what_there_is(SMALL, data, GONE, kept, now=NOW, forget=True)
    assert isinstance(gone, Forgotten)
    async with await Store.open(data.store_url) as store:
        left = await store.jobs.of_state(Cup.KIND, *JobState)
        assert {cup.owner for _job, cup in Cup.each(left)} == {
            owner(AWA),
            owner("@claudine.uwase:palabre.localhost"),
        }
        (line,) = await store.audit.read()
        assert (line.action, line.subject, line.at) == ("forget", GONE, NOW)
    # Nothing of theirs is in the file that is written ahead either.
    assert owner(GONE).encode() not in b"".join(path.read_bytes() for path in data.root.glob("palabre.db*"))
    with pytest.raises(CommandError, match="Nobody of the name @stranger"):
        await what_there_is(SMALL, data, "@stranger:palabre.localhost", kept, now=NOW, forget=True)


async def _applied(data: DataFolder) -> None:
    async with await Store.open(data.store_url) as store:
        await store.applied.replace(small().community, at=NOW)


async def _leaves(data: DataFolder, *words: str) -> tuple[int, str, list[Leaving]]:
    ran = await palabre("person", "leave", *words, "--config", SMALL, "--data", data.root)
    async with await Store.open(data.store_url) as store:
        filed = [said for _, said in Leaving.each(await store.jobs.pending(Leaving.KIND))]
    return ran.code, ran.err, filed


async def test_somebody_is_let_go_as_they_could_ask_for_it(data: DataFolder) -> None:
    await _applied(data)
    words = ("awa.diallo", "--successor", "claudine.uwase", "--erase", "--yes")
    code, errors, (leaving,) = await _leaves(data, *words)
    assert (code, errors) == (0, "")
    assert (leaving.user_id, leaving.status, leaving.successor) == (AWA, "left", "claudine.uwase")
    assert (leaving.takes_back, leaving.erases) == ("yes", "yes")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("awa.diallo",), "there is nobody to ask"),
        (("awa.dialo", "--yes"), "Nobody in the network has the user name “awa.dialo”"),
        (("awa.diallo", "--alumni", "--erase", "--yes"), "--alumni and --erase do not go together"),
        (("awa.diallo", "--successor", "awa.diallo", "--yes"), "awa.diallo cannot take over"),
        (("moussa.keita", "--yes"), "moussa.keita is the last coordinator"),
    ],
)
async def test_nobody_is_let_go_by_mistake(data: DataFolder, words: tuple[str, ...], said: str) -> None:
    await _applied(data)
    code, errors, filed = await _leaves(data, *words)
    assert (code, filed) == (1, [])
    assert said in errors
