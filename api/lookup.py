"""A ticket by its number whoever asks: whether they may see it is for the caller to ask."""

from api.state import State
from desk.access import Sight
from desk.terms import Terms
from store.engine import reading
from store.reads import Engine
from store.tickets import Stored, get_ticket, terms_of

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


async def terms_of_ticket(state: State, number: str) -> Terms | None:
    """The terms of a ticket; None as long as the store has none of it.

    Raises:
        Away: the database does not answer.
    """

    def query(engine: Engine) -> Terms | None:
        with reading(engine) as connection:
            found = get_ticket(connection, number, EVERYTHING)
            return terms_of(connection, found.terms_digest) if found else None

    return await state.reader.read(query)
