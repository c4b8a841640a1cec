"""The JSON contract as JSON Schema, from the table of metrics. More keys may come within a version; none go."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import ADDITIVE
from convcalc.report.records import SCHEMA_VERSION

Schema = dict[str, Any]
COUNT: Schema = {"type": "integer", "minimum": 0}
SHAPE: Schema = {"type": "array", "items": {"type": "integer", "minimum": 1}}
TEXT: Schema = {"type": "string"}
FIELD: Schema = {"type": ["array", "null"], "items": {"type": "integer"}}
PLACE: dict[str, Schema] = {
    "path": {"type": ["string", "null"]},
    "line": {"type": ["integer", "null"], "minimum": 1},
    "column": {"type": ["integer", "null"], "minimum": 1},
    "end_column": {"type": ["integer", "null"], "minimum": 1},
}


def thing(properties: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these keys, some of which may be missing."""
    return {"type": "object", "required": list(properties), "properties": {**properties, **(optional or {})}}


def rows(item: Schema) -> Schema:
    return {"type": "array", "items": item}


LOCATION: Schema = {"anyOf": [{"type": "null"}, thing({key: PLACE[key] for key in ("path", "line", "column")})]}
METRICS = {**dict.fromkeys(ADDITIVE, COUNT), "counted": thing({"value": COUNT, "unit": {"enum": ["MAC", "FLOP"]}})}
RATIOS: Schema = {"type": "object", "required": list(ADDITIVE), "additionalProperties": {"type": ["number", "null"]}}
LAYER = thing(
    {
        "path": TEXT,
        "op": TEXT,
        "times": COUNT,
        "input": SHAPE,
        "output": SHAPE,
        "attributes": {"type": "object"},
        **METRICS,
        "receptive_field": FIELD,
        "location": LOCATION,
    },
    {"inputs": rows(SHAPE)},
)
GROUP = thing({"path": TEXT, "kind": TEXT, "times": COUNT, "start": COUNT, "stop": COUNT}, {"location": LOCATION})
MODEL = thing(
    {
        "name": TEXT,
        "source": {"type": "object"},
        "input": SHAPE,
        "output": SHAPE,
        "batch": {"type": "integer", "minimum": 1},
        "totals": thing({**METRICS, "receptive_field": FIELD}),
        "groups": rows(GROUP),
        "layers": rows(LAYER),
    },
    {
        "inputs": rows(SHAPE),
        "outputs": rows(SHAPE),
        "reduction": RATIOS,
        "ratio": RATIOS,
        "sentence": TEXT,
        "conventions": rows(
            thing(
                {
                    "name": TEXT,
                    "version": TEXT,
                    "unit": {"enum": ["MAC", "FLOP"]},
                    "total": COUNT,
                    "bridge": rows(thing({"term": TEXT, "amount": {"type": "integer"}})),
                }
            )
        ),
        "layer": TEXT,
        "matches": rows(
            thing({"convention": TEXT, "unit": TEXT, "figure": COUNT, "difference": {"type": "integer"}, "agrees": {"type": "boolean"}})
        ),
        "storage": thing({"dtype": TEXT, "param_bytes": COUNT}),
        "entries": rows(thing({"label": TEXT, "kind": TEXT, "times": COUNT, **METRICS}, {"start": COUNT, "stop": COUNT})),
    },
)
COSTS = thing({name: {"type": ["integer", "null"], "minimum": 0} for name in ("params", "macs", "activations", "counted")})
CHANGE = thing(
    {
        "model": TEXT,
        "status": {"enum": ["changed", "new", "removed"]},
        "path": TEXT,
        "old_path": TEXT,
        "op": TEXT,
        "attributes": rows(thing({"name": TEXT, "old": {}, "new": {}})),
        "location": LOCATION,
        "old": COSTS,
        "new": COSTS,
    }
)
AMOUNTS = rows(thing({"path": TEXT, "value": {"type": "integer"}}))
FINDING = thing(
    {
        "status": {"enum": ["ok", "warn", "fail"]},
        "kind": {"enum": ["max", "increase", "raised", "removed"]},
        **dict.fromkeys(("spec", "model", "metric", "convention"), TEXT),
        "value": COUNT,
        "limit": COUNT,
        "base": {"type": ["integer", "null"], "minimum": 0},
        **dict.fromkeys(("limit_text", "message", "hint", "note"), TEXT),
        "location": LOCATION,
        "limit_location": LOCATION,
        "carriers": AMOUNTS,
        "growth": AMOUNTS,
    }
)
CANDIDATE: dict[str, Schema] = {"values": {"type": "object"}, "metrics": {"type": ["object", "null"]}, "why": TEXT}
DIAGNOSTIC = thing(
    {
        "code": TEXT,
        "severity": {"enum": ["error", "warning", "note"]},
        "message": TEXT,
        **PLACE,
        "hint": {"type": ["string", "null"]},
        "notes": rows(thing({"message": TEXT, **PLACE})),
    }
)
ENVELOPE = thing(
    {
        "schema_version": {"const": SCHEMA_VERSION},
        "tool": thing({"name": {"const": "convcalc"}, "version": TEXT}),
        "command": TEXT,
        "status": {"enum": ["ok", "fail", "error"]},
        "exit_code": {"enum": [0, 1, 2, 3, 130]},
        "convention": thing({"name": TEXT, "counts": TEXT, "version": TEXT, "unit": {"enum": ["MAC", "FLOP"]}}),
        "diagnostics": rows(DIAGNOSTIC),
    },
    {
        "baseline": COUNT,
        "published": TEXT,
        "models": rows(MODEL),
        "formulas": rows(
            thing(
                {
                    "name": TEXT,
                    "kind": TEXT,
                    "input": SHAPE,
                    "output": SHAPE,
                    "quantity": TEXT,
                    "symbols": TEXT,
                    "numbers": TEXT,
                    "value": {},
                    "attributes": {"type": "object"},
                }
            )
        ),
        "items": rows(thing({"name": TEXT, "parameters": {"type": "object"}, "meaning": TEXT})),
        "findings": rows(FINDING),
        "solutions": rows(thing({**CANDIDATE, "neighbours": rows(thing(CANDIDATE))})),
        "axes": rows(thing({"name": TEXT, "values": {"type": "array"}})),
        "metrics": rows(TEXT),
        "points": rows({"type": "object"}),
        "front": {"type": ["array", "null"], "items": COUNT},
        "invalid": rows(
            thing(
                {"reason": TEXT, "count": COUNT, "message": TEXT, "location": {"type": ["string", "null"]}, "example": {"type": "object"}}
            )
        ),
        "done": COUNT,
        "met": COUNT,
        "asked": thing(
            {
                "designs": rows(TEXT),
                "spec": TEXT,
                **{key: {"type": ["string", "null"]} for key in ("where", "pareto", "sort", "join")},
                **{key: {"type": ["integer", "null"]} for key in ("top", "sample")},
                "seed": {"type": "integer"},
                "shard": {"type": ["array", "null"], "items": COUNT, "minItems": 2, "maxItems": 2},
            }
        ),
        "changes": rows(CHANGE),
        "totals": rows(thing({"name": TEXT, "old_name": TEXT, "old": COSTS, "new": COSTS, "sentence": TEXT})),
        "files": rows(thing({"path": TEXT, "status": {"enum": ["ok", "fail", "error"]}})),
    },
)


def output_schema() -> Schema:
    """The schema of everything that `--format json` prints."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"convcalc output {SCHEMA_VERSION}", **ENVELOPE}
