"""A ticket by its number whoever asks: whether they may see it is for the caller to ask."""

from api.state import State
from desk.access import Sight
from store.engine import reading
from store.reads import Engine
from store.tickets import Stored, get_ticket

EVERYTHING = Sight(person="", all=True, confidential=True, handled=True, groups=(), given=True)


async def row_of_ticket(state: State, number: str) -> Stored | None:
    """The ticket as the store has it.

    Raises:
        Away: the database does not answer.
    """

    def query(engine: Engine) -> Stored | None:
        with reading(engine) as connection:
            return get_ticket(connection, number, EVERYTHING)

    return await state.reader.read(query)
