"""The parts of the OpenAPI document that follow from no signature: bodies, problems, tokens."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.bodies import REPORT, SCOPE, STEP, WISH
from api.complaint_body import COMPLAINT
from api.leaves import LEAVE
from api.vendor_body import VENDOR_ANSWER

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
INSTANT: Schema = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
    "description": "when the step was taken, on a ticket with a given clock",
}
EXAMPLES: dict[str, Schema] = {
    "Report": {
        "summary": "The printer on floor 3 prints blank pages",
        "category": "hardware",
        "impact": "medium",
        "urgency": "high",
    },
    "Wish": {
        "item": "password-reset",
        "answers": {"account": "VPN", "locked": True},
        "for": "omar@example.org",
    },
    "Complaint": {
        "text": "I was promised a call on Monday, and nobody has called since.",
        "about": {"ticket": "INC-7K3M9Q2M"},
    },
    "Leave": {"until": "2026-03-16T08:00:00Z", "deputy": "nora@example.org"},
    "VendorAnswer": {
        "ticket": "INC-7K3M9Q2M",
        "text": "We have replaced the line card.",
        "reference": "M-2026-118",
    },
    "Scope": {"since": "2026-03-02T00:00:00Z"},
    "StepWithInstant": {"step": "comment", "text": "A technician is on the way."},
}
TEXT: Schema = {"type": "string"}
PROBLEM: Schema = {
    "type": "object",
    "description": "A refusal (RFC 9457); its type is a page that says what to do.",
    "required": ["type", "title", "status", "detail", "instance", "correlation_id"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": TEXT,
        "correlation_id": TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": TEXT, "message": TEXT},
            },
        },
        "allowed_steps": {"type": "array", "items": TEXT},
    },
}
PROBLEMS: dict[int | str, Schema] = {
    "default": {
        "description": "Problem",
        "content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}},
    }
}


def body_of(name: str) -> Schema:
    """What a route adds to its description when it reads its body itself."""
    content = {"schema": {"$ref": REF.format(model=name)}, "example": EXAMPLES[name]}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def operation_id(route: APIRoute) -> str:
    """incidents:open_incident, and so on."""
    return f"{route.tags[0]}:{route.name}" if route.tags else route.name


def document(app: FastAPI) -> Schema:
    """The whole document."""
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    schemas["Report"] = _schema(REPORT, schemas)
    schemas["Wish"] = _schema(WISH, schemas)
    schemas["Complaint"] = _schema(COMPLAINT, schemas)
    schemas["Leave"] = _schema(LEAVE, schemas)
    schemas["Scope"] = _schema(SCOPE, schemas)
    schemas["VendorAnswer"] = _schema(VENDOR_ANSWER, schemas)
    schemas["StepWithInstant"] = _schema(STEP, schemas)
    for variant in schemas["StepWithInstant"]["discriminator"]["mapping"].values():
        schemas[variant.rpartition("/")[2]]["properties"]["at"] = INSTANT
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    return made


def _schema(adapter: TypeAdapter[Any], schemas: Schema) -> Schema:
    made = adapter.json_schema(ref_template=REF)
    schemas.update(made.pop("$defs", {}))
    return made
