"""Fixtures for every kind of test."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from hypothesis import settings

from palabre_cli.main import ALLOCATIONS_BETWEEN_COLLECTIONS, PRIVATE_UMASK
from palabre_cli.testing import WHOLE
from tests.lib.lexicons import lexicons_made_once
from tests.lib.order import MixedScheduling, begun_elsewhere, longest_first, shuffle
from tests.lib.postgres import PostgresServer, running_postgres
from tests.lib.quick_synapse import quick_synapse
from tests.lib.store_template import stores_from_template
from tests.lib.synapse_server import SynapseServer, running_synapse
from tests.lib.templates import templates_of_a_run

# How long an example takes says something of the machine and nothing of the code.
settings.register_profile("exploring", deadline=None)
# The same examples each time: luck decides nothing. `--hypothesis-profile exploring` draws others.
settings.register_profile("palabre", deadline=None, derandomize=True, max_examples=40)
settings.register_profile(WHOLE, deadline=None, derandomize=True)
settings.load_profile("palabre")


# What one process has compiled the others read, where a container's image says otherwise too: all workers and hundreds
# of commands would compile all modules each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# As in every process of ours: the servers and bots that tests start inherit it.
os.umask(PRIVATE_UMASK)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", metavar="SEED", help="Run files, and the tests of each, in another order.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("--shuffle")
    if seed is None:
        longest_first(items)
    else:
        shuffle(items, seed)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected (it is nearly none), nor later in what that has left for good."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    config.option.loadscopereorder = False
    return MixedScheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Before the workers are started, which inherit where the templates are."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        config.args[:] = begun_elsewhere(config.args, int(worker.removeprefix("gw")))
    stack = ExitStack()
    stack.enter_context(quick_synapse(stack.enter_context(templates_of_a_run())))
    config.add_cleanup(stack.close)


@pytest.fixture(scope="session")
def synapse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """A Synapse that the session's tests share, each with a community of its own."""
    with running_synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that the session's tests share, each with databases of its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _what_many_tests_begin_with_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with stores_from_template(tmp_path_factory.mktemp("store")), lexicons_made_once():
        yield


@pytest.fixture(autouse=True)
def _logs_as_they_are_by_default() -> Iterator[None]:
    """Undo what a command of ours sets up for its own process: the next test may look at what is logged."""
    yield
    structlog.reset_defaults()
