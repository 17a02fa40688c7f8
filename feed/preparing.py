"""What a feed needs of the desk's own database: who imports, and the groups of the log's teams.

Everything after that goes over the API.
"""

from datetime import UTC, datetime

import tokens
from desk.people import Role
from embedded.database import opened
from feed.organisation import Groups, as_yaml
from settings import Settings, desk_secret
from store.engine import reading
from store.import_organisation import import_organisation
from store.organisation import Organisation, load

OWN = "log-"
DAYS = 7
"""A token for a feed lives longer than any feed."""


class NotPrepared(Exception):
    """Whoever is to import cannot; the message says what to do."""


def prepared(settings: Settings, email: str, groups: Groups) -> tuple[str, str]:
    """A token of the importer and their address; afterwards the desk has the log's groups.

    Raises:
        NotPrepared, NotUsable, PolicyError, SettingsError: nothing was changed.
    """
    with opened(settings) as engine:
        with reading(engine) as connection:
            organisation = load(connection)
        person = organisation.person_by_email(email)
        if person is None or not person.active:
            raise NotPrepared(f"{email} is nobody who is active here: see `firstline import`")
        if Role.IMPORT not in person.roles:
            raise NotPrepared(f"{email} lacks the role import: give it in the organisation file")
        # Those that are there stay as they are: somebody may have given them people since.
        known = {group.id for group in organisation.groups}
        new = {team: group for team, group in groups.items() if group.id not in known}
        if new:
            text = as_yaml(new, _leads(organisation, person.email))
            import_organisation(engine, text, "the log's teams")
    token = tokens.sign(desk_secret(settings), person.id, DAYS, datetime.now(UTC))
    return token, person.email


def _leads(organisation: Organisation, importer: str) -> dict[int, str]:
    """Who stands for the log's groups of a line: the lead of the desk's own first group there."""
    leads = dict.fromkeys((1, 2, 3), importer)
    for group in sorted(organisation.groups, key=lambda group: group.id, reverse=True):
        lead = organisation.person(group.lead)
        if not group.id.startswith(OWN) and lead is not None and lead.active:
            leads[group.line] = lead.email
    return leads
