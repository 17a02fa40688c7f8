"""What those need who read the store without speaking SQL: its types, and how its absence looks."""

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine as Engine
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""Down, locked for too long, with no free connection, or not migrated yet: worth trying again
later."""
