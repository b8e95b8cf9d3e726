"""Answers to `palabre init` that tests begin with."""

from __future__ import annotations

from palabre_cli.installation.answers import NetworkAnswers, Run

DOMAIN = "palabre.example.org"
ANSWERS = NetworkAnswers(
    domain=DOMAIN,
    host=DOMAIN,
    name="Réseau d'échange",
    languages=("fr", "en"),
    run=Run.CONTAINERS,
    email="ops@example.org",
    key="reseau-d-echange",
)
