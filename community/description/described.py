"""The base of all models of the description."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Described(BaseModel):
    """Base of everything written in the description."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
