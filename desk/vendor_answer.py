"""A vendor's answer as a step of its ticket, however it came."""

import hashlib

from desk.people import Actor
from desk.steps import Taken
from desk.vendor import actor_of
from desk.vendor_steps import VendorReply


def taken_from_vendor(
    number: str, step: VendorReply, *, key: str, via: str, correlation: str
) -> Taken:
    """The step; the same key and answer are the same step, however often they come."""
    actor = Actor(person=actor_of(step.vendor))
    body_hash = hashlib.sha256(f"{number}\n{step.model_dump_json()}".encode()).hexdigest()
    return Taken(
        id=hashlib.sha256(f"{actor.person}\n{key}\n{body_hash}".encode()).hexdigest(),
        step=step,
        actor=actor,
        via=via,
        correlation=correlation,
        key=key,
        body_hash=body_hash,
    )
