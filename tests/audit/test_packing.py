"""What goes into a package, and what is refused to be sealed."""

import pytest
from sqlalchemy import update
from temporalio.client import WorkflowFailureError

from audit.archiving import archiver
from audit.packing import NotSealed
from desk.errors import TicketNotFound
from store.archive import links_of
from store.archive_tables import archive_bodies
from store.engine import reading, writing
from tests.audit.packages import archived, seal, settings_of
from tests.patience import eventually
from tests.running import Desk
from workflows.incident import Incident
from workflows.shapes import Start


async def test_an_opening_that_was_refused_its_number_is_no_part_of_the_ticket(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    await archived(desk, handle.id, 1)
    await handle.result()
    other = Start(opening=desk.opening(number=handle.id))
    with pytest.raises(WorkflowFailureError):
        await desk.client.execute_workflow(Incident.run, other, id=handle.id, task_queue=desk.queue)
    before, _ = await seal(desk, handle.id)

    async def archived_too() -> bool:
        await archiver(desk.client, settings_of(desk), desk.engine).sweep()
        with reading(desk.engine) as connection:
            return len(links_of(connection, handle.id)) == 2

    await eventually(archived_too)
    after, _ = await seal(desk, handle.id)
    for manifest in (before, after):
        assert [(run.archived, run.ended) for run in manifest.runs] == [(True, True)]


async def test_what_is_damaged_or_unknown_is_not_sealed(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    await archived(desk, handle.id, 1)
    with writing(desk.engine) as connection:
        connection.execute(update(archive_bodies).values(body=b"something else"))
    with pytest.raises(NotSealed, match=r"record 1 of the archive .* its history was altered"):
        await seal(desk, handle.id)
    with pytest.raises(TicketNotFound, match="neither the engine nor the archive has"):
        await seal(desk, "INC-00000000")
