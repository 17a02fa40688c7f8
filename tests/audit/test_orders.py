"""Evidence of orders: they are shown as they stood, replayed, reconciled and sealed."""

import pytest

from audit.comparing import difference
from audit.evidence import Evidence, Sources, fetch
from audit.reconcile import Reconciler
from audit.replay import replay
from audit.showing import as_text
from audit.targets import Bodies
from audit.travel import standing_after
from desk.order import Phase
from tests.audit.packages import seal
from tests.replay.orders import LICENCE, ORDERS
from tests.running import Desk


@pytest.mark.parametrize("life", [life.__name__ for life in ORDERS])
async def test_an_order_is_shown_right_after_each_of_its_events(
    lives: dict[str, Evidence], life: str
) -> None:
    lived = await replay(lives[life])
    assert lived.wrong == []
    stood = [standing_after(lived, f"{e.version}.{e.index}") for e in lived.events]
    orders = [one.ticket.order for one in stood]
    assert all(order is not None for order in orders)
    last = stood[-1]
    assert last.ticket.order is not None
    assert last.ticket.order.phase in (Phase.DONE, Phase.ENDED)
    assert last.tasks == ()
    assert f"ordered: {last.ticket.order.title}" in as_text(last)


async def test_two_instants_of_an_order_differ_in_words(lives: dict[str, Evidence]) -> None:
    lived = await replay(lives["order_withdrawn"])
    first, last = lived.events[0], lived.events[-1]
    facts = {
        one.fact: (one.before, one.after)
        for one in difference(
            standing_after(lived, f"{first.version}.{first.index}"),
            standing_after(lived, f"{last.version}.{last.index}"),
        )
    }
    assert facts["order task seat"] == ("later", "undone")
    assert facts["order phase"] == ("approval", "ended")


async def test_a_live_order_is_replayed_reconciled_and_sealed(desk: Desk) -> None:
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "approve", reason="Go on.")
    evidence = await fetch(desk.client, handle.id)
    assert isinstance(evidence, Evidence)
    assert (await replay(evidence)).wrong == []
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    assert (await Reconciler(sources, desk.engine).check(handle.id)).words == []
    manifest, _ = await seal(desk, handle.id)
    assert manifest.differs == ()
