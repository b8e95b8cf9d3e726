"""``palabre up``: a whole community on this computer."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from community.core.disk import free_bytes, may_send_files
from community.core.messages import PLACE, msg
from community.description.current_settings import CurrentSettings
from community.description.data_folder import UP_LOCK, DataFolder, write_private
from community.description.known_community import require_known_community
from community.description.load import load_usable
from community.description.settings import Settings
from community.storage import open_store
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.http import HomeserverClient
from palabre_cli.disk_watch import DiskWatch
from palabre_cli.disk_words import DiskWords, saying_disk
from palabre_cli.embedded import LOOPBACK, SynapseFiles, choose_port, database_of, write_configuration
from palabre_cli.errors import CommandError
from palabre_cli.first_link import say_first_link
from palabre_cli.installation.answers import Run
from palabre_cli.installation.network_folder import run_of
from palabre_cli.installation.unfilled import require_filled_in
from palabre_cli.installers import install_synapse, needs_synapse, synapse_python, synapse_venv
from palabre_cli.next_steps import what_now
from palabre_cli.options import config_option, data_option, shipped
from palabre_cli.own_children import own_child, pages_child
from palabre_cli.plain_table import table_lines
from palabre_cli.progress import Progress
from palabre_cli.provision import show_what_waits
from palabre_cli.restart_count import RestartCount
from palabre_cli.running import until_stopped
from palabre_cli.supervisor import ChildSpec, Supervisor
from palabre_cli.terminal import Terminal
from provisioning.accounts import bootstrap_accounts
from provisioning.errors import ChangesFailed, ProvisioningError, SessionEnded
from provisioning.passwords import PasswordBook, random_password
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.topology import own_accounts

SYNAPSE = "Synapse"
"""The name of the supervisor's child."""


@click.command("up")
@config_option
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="The homeserver's port (default: 8008; 0: any).")
@click.option("--without-bot", is_flag=True, help="Leave the bot out: “palabre renew-identity” needs that.")
@click.pass_context
def up_command(
    context: click.Context, *, config: Path, data: DataFolder, port: int | None, without_bot: bool
) -> None:
    """Run a homeserver, the community's rooms and the bots on this computer, until Ctrl-C."""
    terminal: Terminal = context.obj
    _require_runs_here(config.absolute())
    data.prepare()
    with data.locked(UP_LOCK, "palabre up"):
        up = Up(terminal, config.absolute(), data, port, with_bot=not without_bot)
        until_stopped(up.run)


def _require_runs_here(config: Path) -> None:
    """Refuse a network that something else runs: a second homeserver of its name would be started.

    Raises:
        CommandError: it is such a network.
    """
    match run_of(config):
        case Run.CONTAINERS:
            env = shlex.quote(str(config.parent / ".env"))
            raise CommandError(
                msg("The network of {folder} runs in containers.", folder=config.parent),
                msg(
                    "Start it with “docker compose --env-file {env} up --detach”; to run it here instead, answer "
                    "“palabre init” anew.",
                    env=env,
                ),
            )
        case Run.SERVICES:
            raise CommandError(
                msg("The network of {folder} runs as services of the system.", folder=config.parent),
                msg(
                    "Start it with “systemctl start palabre.target”; to run it here instead, answer “palabre init” "
                    "anew."
                ),
            )
        case Run.COMPUTER | Run.EXISTING | None:
            return


@dataclass
class Up:
    """One run of the command."""

    terminal: Terminal
    config: Path
    data: DataFolder
    wanted_port: int | None
    with_bot: bool = True

    async def run(self, stop: asyncio.Event) -> None:
        """Start everything, say so, wait for ``stop``, stop everything in order."""
        restarts = RestartCount(self.data, self.terminal.say)
        restarts.write()
        supervisor = Supervisor(self.terminal.say, restarts.note)
        stopping = asyncio.create_task(stop.wait())
        starting = asyncio.create_task(self._start(supervisor))
        try:
            await asyncio.wait({stopping, starting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
            self.terminal.say(msg("Stopping…"))
        finally:
            for task in (starting, stopping):
                task.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
            await supervisor.stop()
        self.terminal.say(msg("Stopped."))

    async def _start(self, supervisor: Supervisor) -> None:
        began = time.monotonic()
        with self.terminal.step(msg("Reading the description in {folder}", folder=self.config)):
            current = CurrentSettings(self.config, self.data)
            settings = current.read()
            require_known_community(self.config, self.data)
            await self._require_usable(settings)
        require_filled_in(self.terminal, self.config, self.data, settings)
        if settings.homeserver.url is not None:
            raise CommandError(
                msg("settings.yaml names a homeserver of its own ({url}).", url=settings.homeserver.url),
                msg("Use “palabre apply”, “palabre serve” and “palabre bots” with it; “up” runs one here."),
            )
        disk = DiskWords(self.data.root, settings.homeserver.least_free, self.terminal.say)
        async with saying_disk(disk):
            files = await self._make_ready(supervisor, settings, began)
        await self._watch_disk(supervisor, files, current)

    async def _make_ready(self, supervisor: Supervisor, settings: Settings, began: float) -> SynapseFiles:
        """Start each process once what it needs is there; ``began`` is when the command was started (monotonic)."""
        # Before minutes go by: a port that is taken is said at once.
        choose_port(self.wanted_port, self.data)
        await self._install()
        files = await self._start_synapse(supervisor, settings)
        url = files.own_url
        with self.terminal.step(msg("Making Palabre's own accounts")):
            secret = self.data.secret("registration-shared-secret").read_text()
            own = own_accounts(settings)
            await bootstrap_accounts(url, own, self.data, shared_secret=secret, draw=random_password)
        book = await self._provision(url, settings)
        bot = (("bots", msg("Starting the bot")),) if self.with_bot else ()
        # The pages before the bot: it says where they are.
        with self.terminal.step(msg("Starting the pages of the calendar")):
            await supervisor.start(pages_child(self.config, self.data, settings.web.port))
        for name, step in (*bot, ("serve", msg("Starting the provisioning service"))):
            with self.terminal.step(step):
                self.data.ready_file(name).unlink(missing_ok=True)
                await supervisor.start(own_child(name, self.config, self.data))
        self._welcome(url, settings, book, time.monotonic() - began)
        await say_first_link(self.terminal, self.config, self.data, settings)
        self.terminal.say(msg("Ctrl-C stops everything; “palabre up” finds it again."))
        return files

    async def _require_usable(self, settings: Settings) -> None:
        """Refuse files with mistakes where nothing was applied before that could stand in their place.

        Raises:
            DescriptionError: with every problem of every file.
            StoreError, DataFolderError.
        """
        files = load_usable(self.config)
        if files.community is not None:
            self.terminal.call_places(files.community)
        if not files.problems:
            return
        async with await open_store(settings, self.data) as store:
            if await store.applied.readable() is None:
                raise files.refusal

    async def _watch_disk(
        self, supervisor: Supervisor, files: SynapseFiles, current: CurrentSettings
    ) -> None:
        """Look at the disk for ever, and start Synapse with or without uploads."""

        async def switch(uploads: bool) -> None:
            write_configuration(
                replace(files, uploads=uploads), current.read(), self.data, shipped("synapse")
            )
            supervisor.restart(SYNAPSE)

        await DiskWatch(current, self.data, switch, self.terminal.say, files.uploads).run()

    async def _install(self) -> None:
        venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
        if needs_synapse(venv, constraints):
            with self.terminal.step(msg("Installing Synapse, the homeserver (once; a minute or two)")):
                log = self.data.logs / "install.log"
                await install_synapse(venv, constraints, log)

    async def _start_synapse(self, supervisor: Supervisor, settings: Settings) -> SynapseFiles:
        port = choose_port(self.wanted_port, self.data)
        url = f"http://{LOOPBACK}:{port}"
        files = SynapseFiles(
            folder=self.data.synapse,
            log_file=self.data.logs / "synapse.log",
            public_url=settings.public_address or url,
            bind_address=LOOPBACK,
            port=port,
            behind_proxy=settings.public_address is not None,
            postgresql=database_of(self.data),
            uploads=may_send_files(
                free_bytes(self.data.synapse), settings.homeserver.least_free, so_far=True
            ),
            metrics_port=settings.homeserver.metrics_port,
        )
        path = write_configuration(files, settings, self.data, shipped("synapse"))
        write_private(self.data.embedded_url, f"{url}\n".encode())
        spec = ChildSpec(
            name=SYNAPSE,
            command=(
                str(synapse_python(synapse_venv())),
                "-P",
                "-m",
                "synapse.app.homeserver",
                "-c",
                str(path),
            ),
            log=self.data.logs / "synapse-process.log",
            cwd=self.data.synapse,
            is_ready=lambda _pid: answers_as_homeserver(url),
            patience=120.0,
        )
        with self.terminal.step(msg("Starting Synapse on port {port}", port=port)):
            await supervisor.start(spec)
        return files

    async def _provision(self, url: str, settings: Settings) -> PasswordBook:
        with self.terminal.step(msg("Making the spaces, rooms and accounts")) as end_spinner:
            async with open_provisioner(self.config, self.data, url=url, settings=settings) as provisioner:
                return await provision(provisioner, self.terminal, end_spinner)

    def _welcome(self, url: str, settings: Settings, book: PasswordBook, seconds: float) -> None:
        say = self.terminal.say
        say(msg("Palabre is ready ({seconds} s).", seconds=f"{seconds:.1f}"))
        new = set(book.added)
        accounts = [entry for entry in book.accounts() if entry["user_id"] in new]
        if accounts and self.terminal.shows_secrets:
            say(msg("Who may sign in (this list is shown once; {file} keeps it):", file=self.data.sign_in))
            self._show_accounts(accounts)
        elif book.accounts():
            say(msg("Who may sign in: see {file}.", file=self.data.sign_in))
        for sentence in what_now(url, self.data, settings, has_passwords=bool(book.accounts())):
            say(sentence)

    def _show_accounts(self, accounts: list[dict[str, str | None]]) -> None:
        """Print a table that is never cut: a shortened password is none."""
        head = [self.terminal.translate(m) for m in (msg("user"), msg("password"), msg("role"), PLACE)]
        for line in table_lines([head, *map(_row, accounts)]):
            self.terminal.line(line)


def _row(account: dict[str, str | None]) -> list[str]:
    """Return an account as a line of the table, with the name that one types: Element refuses a whole Matrix ID."""
    user = str(account["user_id"]).removeprefix("@").split(":", 1)[0]
    return [user, *(account[name] or "—" for name in ("password", "role", "city"))]


async def provision(
    provisioner: Provisioner, terminal: Terminal, end_spinner: Callable[[], None]
) -> PasswordBook:
    """Make the homeserver as described the first time, as far as it can be; return the book of first passwords.

    A first time that was broken off is ended, as it was begun. What is described differently later, and what could not
    be made then, is applied when somebody asks for it, or where the settings say so. Nothing is refused here in such a
    way that nobody could sign in: not by a plan, nor by a change of one.

    ``end_spinner`` is called before it is shown how far that is.

    Raises:
        ChangesFailed: the homeserver or the store has failed in the middle.
        PalabreError: nothing could be begun.
    """
    try:
        if provisioner.settings.provisioning.reconcile == "apply":
            return await _apply(provisioner, terminal, end_spinner)
        return await _first_apply(provisioner, terminal, end_spinner)
    except SessionEnded:
        raise
    except ProvisioningError as error:
        if isinstance(error, ChangesFailed) and error.halted is not None:
            raise
        # Nobody is kept out of their rooms because a file was cut off or one change is refused.
        terminal.explain(error)
    return provisioner.book()


async def _first_apply(
    provisioner: Provisioner, terminal: Terminal, end_spinner: Callable[[], None]
) -> PasswordBook:
    """Apply what may be applied unasked; say of what else is described that it waits."""
    first = await provisioner.unasked()
    book = provisioner.book() if first is None else await _apply(first, terminal, end_spinner)
    if first is not provisioner:
        end_spinner()
        await show_what_waits(provisioner, terminal)
    return book


async def _apply(
    provisioner: Provisioner, terminal: Terminal, end_spinner: Callable[[], None]
) -> PasswordBook:
    with Progress(terminal, each_change=False, before=end_spinner) as progress:
        order = ApplyOptions("palabre up", begin=progress.begin, progress=progress.made)
        applied = await provisioner.apply(order)
    terminal.say(applied.plan.summary)
    return applied.passwords


async def answers_as_homeserver(url: str) -> bool:
    """Whether a Matrix homeserver answers at ``url``; False while nothing does.

    Raises:
        NotAHomeserver: something else answers there.
    """
    async with HomeserverClient(url, attempts=1) as http:
        try:
            return bool(await ClientApi(http).versions())
        except HomeserverUnreachable:
            return False
