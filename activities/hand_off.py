"""Handing off: who of the group that a ticket came to is on duty for it."""

from dataclasses import dataclass

from temporalio import activity

from activities.promise import known
from activities.shapes import HAND_OFF, HandOffOf, OnDuty
from store.organisation import Directory


@dataclass(frozen=True)
class HandOff:
    """The hand-off activity; the task and the message follow from its answer."""

    directory: Directory

    @activity.defn(name=HAND_OFF)
    def hand_off_ticket(self, what: HandOffOf) -> OnDuty:
        """Find the duty person of the group; None when the whole group is asked."""
        organisation = known(self.directory)
        group = organisation.group(what.group)
        duty = group.duty if group is not None else None
        person = organisation.person(duty) if duty else None
        return OnDuty(duty=person.id if person is not None and person.active else None)
