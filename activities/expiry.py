"""Contracts that end soon: which they are, and telling those who can renew them."""

import asyncio
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from temporalio import activity

from activities.mail import MailRefused, build, send
from activities.messages import rendered
from activities.promise import known
from activities.shapes import ENDING_CONTRACTS, TELL_CONTRACT_ENDS, Ending, EndingAt, TellEnding
from activities.wording import day, language
from desk.people import Role
from settings import Settings
from store.messages import Message
from store.organisation import Directory, Organisation, Person

AHEAD_DAYS = 60
TEMPLATE = "contract_ends"
CONCERNED = (Role.PROCESS_OWNER, Role.MANAGER)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Expiry:
    """The activities, with the settings and the organisation that they need."""

    settings: Settings
    directory: Directory

    @activity.defn(name=ENDING_CONTRACTS)
    def ending_contracts(self, when: EndingAt) -> list[Ending]:
        """The contracts that run out within 60 days, today included, each with whom it concerns."""
        organisation = known(self.directory)
        today, people = when.at.date(), people_concerned(organisation)
        return [
            Ending(vendor=vendor.id, contract=one.id, until=one.until, people=people)
            for vendor in organisation.vendors.values()
            for one in vendor.contracts
            if 0 <= (one.until - today).days <= AHEAD_DAYS
        ]

    @activity.defn(name=TELL_CONTRACT_ENDS)
    async def tell_contract_ends(self, what: TellEnding) -> bool:
        """Mail one person of it; the same mail at each attempt. False: they cannot be told."""
        organisation = await asyncio.to_thread(known, self.directory)
        person, vendor = organisation.person(what.person), organisation.vendor(what.ending.vendor)
        if person is None or vendor is None or not person.active:
            return False
        message = self._message(what, person, vendor.name)
        try:
            await send(build(message, self.settings.mail_from), self.settings)
        except MailRefused as error:
            log.warning("contract_end_not_told", vendor=what.ending.vendor, why=str(error))
            return False
        return True

    def _message(self, what: TellEnding, person: Person, vendor: str) -> Message:
        ending, tongue = what.ending, language(person.language)
        # It is of no ticket; mails of one contract stand together all the same.
        about = f"contract/{ending.vendor}/{ending.contract}"
        fields: dict[str, object] = {
            "name": person.name,
            "vendor": vendor,
            "contract": ending.contract,
            "until": day(tongue.words, ending.until),
            "summary": vendor,
        }
        subject, body = rendered(tongue, TEMPLATE, fields, about)
        key = f"{about}/{ending.until}/{person.id}"
        host = urlsplit(self.settings.address).hostname or "localhost"
        return Message(
            key=key,
            ticket=about,
            events=(),
            template=TEMPLATE,
            person=person.id,
            address=person.email,
            language=tongue.code,
            subject=subject,
            body=body,
            message_id=f"<{about}.{hashlib.sha256(key.encode()).hexdigest()[:24]}@{host}>",
            correlation="",
            state="queued",
            orphaned=False,
            attempts=0,
            last_error=None,
            created_at=what.at,
            sent_at=None,
        )


def people_concerned(organisation: Organisation) -> tuple[str, ...]:
    """Who can see to it that it is renewed."""
    people = organisation.people.values()
    return tuple(p.id for p in people if p.active and set(CONCERNED) & set(p.roles))
