"""The one environment in which pages are drawn: every text that is put in is escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

import community

_HERE = Path(__file__).parent
ROOTS = (Path(community.__file__).parent, _HERE)
"""The packages whose sentences pages say."""
_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_template(name: str) -> Template:
    """Return the template of a page."""
    return _environment.get_template(name)
