"""The rules in force, written by the worker as it starts and read by the api."""

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from desk.catalogue import Item
from desk.model import Frozen, Instant
from desk.terms import Terms
from store.tables import organisation, policies

CATALOGUE = TypeAdapter(dict[str, Item])


class Policy(Frozen):
    """The terms that a new ticket gets, unless its customer or service has a calendar of its own.

    `in_force_since` is when a worker began to run under them; `catalogue` has what may be ordered
    by its key, with approvers as the rules name them. `complaints` are the terms of those.
    """

    in_force_since: Instant
    terms: Terms
    catalogue: dict[str, Item] = Field(default_factory=dict)
    complaints: Terms | None = None


def put_policy(
    connection: Connection,
    terms: Terms,
    catalogue: Mapping[str, Item],
    now: datetime,
    complaints: Terms | None = None,
) -> None:
    """These terms and items are in force; nothing changes when they are already."""
    # Of several workers that start together one writes: whoever changes anything locks this row.
    connection.execute(select(organisation.c.id).with_for_update())
    if policy_version(connection) == terms.policy_version:
        return
    connection.execute(delete(policies).where(policies.c.version == terms.policy_version))
    row = {
        "version": terms.policy_version,
        "in_force_since": now,
        "body": terms.model_dump_json(by_alias=True),
        "catalogue": CATALOGUE.dump_json(dict(catalogue), by_alias=True).decode(),
        "complaints": complaints.model_dump_json(by_alias=True) if complaints else None,
    }
    connection.execute(insert(policies).values(row))


def policy_version(connection: Connection) -> str | None:
    """The version in force; None before the first worker ran."""
    newest = policies.c.in_force_since.desc()
    return connection.execute(select(policies.c.version).order_by(newest).limit(1)).scalar()


def get_policy(connection: Connection) -> Policy | None:
    """The rules in force; None before the first worker ran."""
    columns = (policies.c[name] for name in ("in_force_since", "body", "catalogue", "complaints"))
    query = select(*columns)
    row = connection.execute(query.order_by(policies.c.in_force_since.desc()).limit(1)).first()
    if row is None:
        return None
    return Policy(
        in_force_since=row.in_force_since,
        terms=Terms.model_validate_json(row.body),
        catalogue=CATALOGUE.validate_json(row.catalogue or "{}"),
        complaints=Terms.model_validate_json(row.complaints) if row.complaints else None,
    )


def terms_of_versions(connection: Connection, versions: Collection[str]) -> dict[str, Terms]:
    """The rules of these versions, as far as a worker ever ran under them."""
    query = select(policies.c.version, policies.c.body).where(policies.c.version.in_(versions))
    return {row.version: Terms.model_validate_json(row.body) for row in connection.execute(query)}
