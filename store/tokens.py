"""Tokens that are good no longer."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from store.tables import organisation, revoked_tokens


def revoke(connection: Connection, token: str, *, expires_at: datetime, now: datetime) -> bool:
    """Refuse the token of that id (`jti`) from now on; False when it was revoked before.

    A token that has expired is refused for that, so its revocation is forgotten.
    """
    lock_organisation(connection)
    connection.execute(delete(revoked_tokens).where(revoked_tokens.c.expires_at < now))
    known = select(revoked_tokens.c.id).where(revoked_tokens.c.id == token)
    if connection.execute(known).one_or_none() is not None:
        return False
    row = {"id": token, "revoked_at": now, "expires_at": expires_at}
    connection.execute(insert(revoked_tokens).values(row))
    organisation_changed(connection)
    return True


def lock_organisation(connection: Connection) -> None:
    """Let nobody else change the organisation until this transaction ends."""
    connection.execute(select(organisation.c.id).with_for_update())


def organisation_changed(connection: Connection) -> None:
    """Let every snapshot see that it is stale."""
    connection.execute(update(organisation).values(revision=organisation.c.revision + 1))
