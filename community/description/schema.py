"""The JSON Schema of each file of the description (draft 2020-12), for editors. Pure; made from the models alone.

A schema accepts all that the loader accepts, and refuses errors in a single value: names, types, patterns, choices.
Others (references, time zones, keys written twice) only `palabre check` finds. Names are those written in YAML, such as
``from``, not those of the model (``starts``).

What an editor shows of a name is, in this order: the field's own description, the string under it in the model, the
sentence of the model's docstring that begins with its name, what its kind of value is (`community.description.fields`
and `times`).
``enumDescriptions`` and ``patternErrorMessage`` are words of VS Code's family of editors; others pass over them.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from community.description.calendar_model import Calendar
from community.description.described import Described
from community.description.directory_model import Directory
from community.description.model import Community
from community.description.settings import Settings

MODELS: dict[str, type[Described]] = {
    "community": Community,
    "directory": Directory,
    "calendar": Calendar,
    "settings": Settings,
}
"""The model of each file by its name without ``.yaml``."""


def schema_file(name: str) -> str:
    """Return the file's name under which the schema of ``name`` is kept."""
    return f"{name}.schema.json"


def editor_line(name: str) -> str:
    """Return the first line of ``name``.yaml, by which an editor finds the schema beside it."""
    return f"# yaml-language-server: $schema=schemas/{schema_file(name)}"


@cache
def schema_text(name: str) -> str:
    """Return the schema of the file ``name`` as it is written to disk."""
    return json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the file ``name`` (a key of `MODELS`)."""
    return schema_of(MODELS[name], title=f"{name}.yaml")


def schema_of(model: type[BaseModel], *, title: str) -> dict[str, Any]:
    """Return the JSON Schema of what ``model`` takes from YAML."""
    made = model.model_json_schema(schema_generator=_Generator)
    definitions = made.get("$defs", {})
    parts = (made, *definitions.values())
    for part in parts:
        if "description" in part:
            part["description"] = _prose(part["description"])
    for field in (field for part in parts for field in part.get("properties", {}).values()):
        if "$ref" not in field and (said := _said_of(field, definitions)) is not None:
            field["description"] = said
    return {"$schema": GenerateJsonSchema.schema_dialect, **made, "title": title}


def _said_of(value: JsonSchemaValue, definitions: JsonSchemaValue) -> str | None:
    """Return the description of a value, else of its items or of the first alternative."""
    if "description" in value or "$ref" in value:
        found = value if "description" in value else definitions[value["$ref"].rpartition("/")[2]]
        said: str | None = found.get("description")
        return said
    inner = value.get("items") or next(iter(value.get("anyOf", ())), None)
    return None if inner is None else _said_of(inner, definitions)


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with what our loader does and what our docstrings say."""

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        form = {
            "pattern": r"^\d{4}-\d{2}-\d{2}$",
            "patternErrorMessage": "Expected a day such as 2026-12-01.",
            "description": "A day: 2026-12-01.",
        }
        return {**super().date_schema(schema), **form}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        if "patternProperties" in found:
            # Said as propertyNames, a wrong name is told what a right one is.
            ((pattern, values),) = found.pop("patternProperties").items()
            found["propertyNames"] = {**found.get("propertyNames", {}), "pattern": pattern}
            found["additionalProperties"] = values
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        # An editor offers to write the default: of use for a value, not for what is absent or made of parts.
        if found.get("default") is None or isinstance(found["default"], (list, dict)):
            found.pop("default", None)
        return found

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        found = super().enum_schema(schema)
        said = _strings_below_names(schema["cls"])
        if said:
            found["enumDescriptions"] = [said.get(member.name, "") for member in schema["cls"]]
        return found

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        for name, description in _descriptions(schema["cls"]).items():
            if name in found.get("properties", {}):
                found["properties"][name]["description"] = description
        return found


def _prose(docstring: str) -> str:
    """Return a docstring for reading: editors show it as it is, so code stands in quotation marks."""
    paragraphs = re.sub(r"(`{1,2})([^`]+)\1", r"“\2”", docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the documentation of each field, by its name in YAML; without fields that have their own description."""
    said = {**_sentences(model), **_strings_below_names(model)}
    fields = model.model_fields.items()
    return {
        field.alias or name: said[name] for name, field in fields if name in said and not field.description
    }


def _sentences(model: type[BaseModel]) -> dict[str, str]:
    """Return the sentences of the docstring that begin with fields' names, for each of these fields."""
    found: dict[str, str] = {}
    for sentence in re.split(r"(?<=[.!?])\s+", inspect.getdoc(model) or ""):
        names = re.match(r"``\w+``(?:(?:,| and|, and) ``\w+``)*", sentence)
        if names is not None:
            text = _prose(sentence.removeprefix(f"{names[0]}: "))
            said = text if text.startswith("“") else text[0].upper() + text[1:]
            found |= dict.fromkeys(re.findall(r"\w+", names[0].replace(" and ", " ")), said)
    return found


def _strings_below_names(cls: type) -> dict[str, str]:
    """Return the strings that stand below the names of a class, as the house documents members."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - it is a class's source
    found: dict[str, str] = {}
    for above, below in zip(body.body, body.body[1:], strict=False):
        match above, below:
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = _prose(inspect.cleandoc(text))
            case _:
                pass
    return found
