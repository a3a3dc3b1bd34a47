"""docs/events.schema.json, held against what a program has written."""
import json

import jsonschema

from .client import REPO

SCHEMA = json.loads((REPO / "docs" / "events.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def documented(event):
    return SCHEMA["properties"].keys() | SCHEMA["$defs"][event["event"]]["properties"].keys()


def events(result):
    """Every line is an event of the schema, without fields that the schema does not know; the last of a failed run says why."""
    lines = result.events()
    for line in lines:
        VALIDATOR.validate(line)
        assert not line.keys() - documented(line), f"undocumented: {line.keys() - documented(line)}{result!r}"
    failed = [line for line in lines if line["event"] == "failed"]
    assert [line["exit_status"] for line in failed] == ([result.code] if result.code else []), result
    return lines
