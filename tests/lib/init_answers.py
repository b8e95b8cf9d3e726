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
FILLED_IN = """\
cities:
  - {key: bamako, name: Bamako, country: ML, timezone: Africa/Bamako, languages: [fr]}
  - {key: dakar, name: Dakar, country: SN, timezone: Africa/Dakar, languages: [fr]}

themes:
  - {key: waste, name: Déchets, summary: Trier et composter.}

"""


def filled_in(text: str) -> str:
    """Return a new community.yaml as somebody fills it in who does what it says."""
    before, _, rest = text.partition("# FILL IN: your cities")
    after = rest[rest.index("roles:") : rest.index("# FILL IN: yourself")]
    members = "members:\n  - {username: awa, name: Awa Diop, role: coordinator, languages: [fr]}\n"
    return before.replace("timezone: Etc/UTC", "timezone: Africa/Dakar") + FILLED_IN + after + members
