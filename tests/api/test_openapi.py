"""The committed description of the api is the one that the code makes, and it is whole."""

import json

import pytest

from api import openapi
from api.app import routed
from api.documents import document
from api.errors import KINDS, kebab
from desk import errors

DOCUMENT = document(routed())


def test_the_committed_document_is_in_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main(["--check"]) == 0, capsys.readouterr().out


def test_a_document_that_is_not_in_step_is_told(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pathlib import Path

    monkeypatch.setattr(openapi, "FILE", Path(str(tmp_path), "openapi.json"))
    assert openapi.main(["--check"]) == 1
    assert "python -m api.openapi" in capsys.readouterr().out
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [r for value in part.values() for r in references(value)]
        return [r for value in part for r in references(value)] if isinstance(part, list) else []

    found = references(DOCUMENT)
    assert len(found) > 20
    assert all(r.rpartition("/")[2] in schemas for r in found)


def test_operations_are_named_by_resource_and_problems_are_their_default() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert "incidents:open_incident" in ids
    assert "steps:take_step" in ids
    assert len(ids) == len(set(ids))
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)


def test_every_refusal_of_the_desk_is_a_type_of_problem() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    refusals = [c for c in classes if issubclass(c, errors.DeskError) and c is not errors.DeskError]
    assert {kebab(c.__name__) for c in refusals} - set(KINDS) == {"number-taken"}
