"""Evidence of tickets that go together: one history is enough to show and replay each of them."""

import pytest

from audit.comparing import difference
from audit.evidence import Evidence, Sources, fetch
from audit.reconcile import Reconciler
from audit.replay import replay
from audit.showing import as_text
from audit.targets import Bodies
from audit.travel import standing_after
from desk.ticket import Status
from tests.audit.packages import seal
from tests.patience import eventually
from tests.replay.relations import RELATIONS
from tests.running import Desk


@pytest.mark.parametrize("life", [life.__name__ for life in RELATIONS])
async def test_a_ticket_is_shown_right_after_each_of_its_events_without_the_other(
    lives: dict[str, Evidence], life: str
) -> None:
    lived = await replay(lives[life])
    assert lived.wrong == []
    stood = [standing_after(lived, f"{e.version}.{e.index}") for e in lived.events]
    for one in stood:
        merged = one.ticket.status is Status.MERGED
        assert (f"merged_into: {one.ticket.merged_into}" in as_text(one)) == merged
        assert not (merged and one.next_due)
    assert stood[-1].ticket.status is Status.CLOSED


async def test_what_a_merge_changed_is_told_in_words(lives: dict[str, Evidence]) -> None:
    lived = await replay(lives["split_by_hand"])
    [merged] = [event for event in lived.events if event.what.event == "merged"]
    before = standing_after(lived, f"{merged.version - 1}.0")
    after = standing_after(lived, f"{merged.version}.{merged.index}")
    facts = {one.fact: (one.before, one.after) for one in difference(before, after)}
    assert facts["status"] == ("in_progress", "merged")
    assert facts["clock resolution state"] == ("running", "paused")
    assert facts["merged_into"][1] == after.ticket.merged_into


async def test_two_live_tickets_are_replayed_reconciled_and_sealed_each_by_itself(
    desk: Desk,
) -> None:
    one, other = await desk.open(), await desk.open()
    await desk.take(one, "finn", "merge", into=other.id)

    async def heard() -> bool:
        return desk.stored(other.id)[0].absorbed == (one.id,)

    await eventually(heard)
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    for handle in (one, other):
        assert (await replay(await fetch(desk.client, handle.id))).wrong == []
        assert (await Reconciler(sources, desk.engine).check(handle.id)).words == []
        manifest, _ = await seal(desk, handle.id)
        assert manifest.differs == ()
