"""How payloads are written and read: the engine's converter for pydantic, made once a process."""

from typing import ClassVar, Self

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter


class OneConverter(PydanticPayloadConverter):
    """Always the same object, with what it has learnt of types.

    The engine makes a converter several times for each step, and another for each ticket.
    """

    _made: ClassVar[Self | None] = None

    def __new__(cls) -> Self:
        """The one there is."""
        if cls._made is None:
            cls._made = super().__new__(cls)
        return cls._made

    def __init__(self) -> None:
        if not hasattr(self, "converters"):
            super().__init__()


CONVERTER = DataConverter(payload_converter_class=OneConverter)
