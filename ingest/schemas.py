"""The published form of the wire contract: JSON Schemas and an AsyncAPI 3 document.

`python -m ingest.schemas` writes them under ingest/contract/; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from ingest.decode import BACKLOG_TOPIC, MOST_BYTES, MOST_EVENTS, OTHER_TOPIC, TOPIC_OF_TYPE, TOPICS
from ingest.events import EVENT_TYPES

FOLDER: Final = Path(__file__).parent / "contract"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


_VITALS: Final = (
    "spo2_percent",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_celsius",
    "systolic_mmhg",
    "consciousness",
)


def _said(*fields: str) -> dict[str, Any]:
    """The fields are there, and not null."""
    return {"required": list(fields), "properties": {field: {"not": {"type": "null"}} for field in fields}}


def _any_of(*fields: str) -> dict[str, Any]:
    return {"anyOf": [_said(field) for field in fields]}


_REPLACED: Final[dict[str, Any]] = {"properties": {"action": {"const": "replaced_by"}}}
_TOGETHER: Final[dict[str, dict[str, Any]]] = {
    # What ingest/checks.py asks of fields together.
    "Reading": {"allOf": [_any_of(*_VITALS), _any_of("resident", "staff", "device")]},
    "TestResult": _any_of("resident", "staff"),
    "CheckIn": _any_of("resident", "staff"),
    "Visit": _any_of("resident", "person"),
    "DeviceBinding": {"allOf": [_said("device", "resident")]},
    "Correction": {
        "if": _REPLACED,
        "then": {"required": ["replacement"], "properties": {"replacement": _said("resident") | {"type": "object"}}},
        "else": {"properties": {"replacement": {"type": "null"}}},
    },
}


def documents() -> dict[str, str]:
    """File name -> content of every generated document."""
    files = {f"{_tag(kind)}.schema.json": _text(_schema(kind)) for kind in EVENT_TYPES}
    files["asyncapi.json"] = _text(_asyncapi())
    return files


def _tag(kind: type[msgspec.Struct]) -> str:
    tag = kind.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    (root,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        definition.update(_TOGETHER.get(name, {}))
    _refuse_nul(definitions)
    return {"$schema": DIALECT, "$id": f"urn:sizao:event:{_tag(kind)}:v1", **root, "$defs": definitions}


def _refuse_nul(schema: Any) -> None:
    """No text holds a NUL: PostgreSQL cannot keep one."""
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _refuse_nul(inner)
    if isinstance(schema, dict) and schema.get("type") == "string" and "maxLength" in schema:
        schema.setdefault("pattern", r"^[^\u0000]*$")


def _asyncapi() -> dict[str, Any]:
    carried: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for kind in EVENT_TYPES:
        carried[TOPIC_OF_TYPE.get(_tag(kind), OTHER_TOPIC)].append(_tag(kind))
        carried[BACKLOG_TOPIC].append(_tag(kind))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sizao events",
            "version": "1",
            "description": "Health checks of elderly-care facilities. A message is one event or an array of events of "
            f"one facility, at most {MOST_EVENTS} events and {MOST_BYTES // 1024} KiB; its key is the facility.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: {
                "address": topic,
                "messages": {tag: {"$ref": f"#/components/messages/{tag}"} for tag in tags},
            }
            for topic, tags in carried.items()
        },
        "operations": {
            f"receive {topic}": {"action": "receive", "channel": {"$ref": f"#/channels/{topic}"}} for topic in TOPICS
        },
        "components": {
            "messages": {
                _tag(kind): {
                    "name": _tag(kind),
                    "summary": (kind.__doc__ or "").splitlines()[0],
                    "payload": {"$ref": f"./{_tag(kind)}.schema.json"},
                }
                for kind in EVENT_TYPES
            }
        },
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Every document stands in the folder as generated."""
    folder.mkdir(exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
