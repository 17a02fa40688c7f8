"""How far a log was fed: a journal of one line an answer, so that any end is a place to go on.

A line is written after the desk has answered, and what was sent and not written is sent again
under the same key. The file is locked while it is used.
"""

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from desk.model import Frozen
from feed.measuring import Measured


class Refusal(Frozen):
    """A row that the desk refused: the problem's type, the step, and how the ticket stood."""

    row: int
    problem: str
    step: str
    status: str


class Beginning(Frozen):
    """What a feed was begun with, and goes on with."""

    importer: str
    categories: tuple[str, ...]


class ProgressError(Exception):
    """The journal cannot be used; the message says what to do."""


@dataclass
class CaseProgress:
    """How far one case is: `rows` are answered whole, and `parts` steps of the next one.

    Without a `number` the opening is not known to be done; `measured` is set when all is done.
    """

    number: str | None = None
    rows: int = 0
    parts: int = 0
    refused: list[Refusal] = field(default_factory=list)
    measured: Measured | None = None
    given_up: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing is left to be sent or measured."""
        return self.given_up or self.measured is not None


class _Line(Frozen):
    """One line of the journal."""

    case: str = ""
    begins: Beginning | None = None
    opened: str | None = None
    rows: int | None = None
    parts: int = 0
    refused: Refusal | None = None
    measured: Measured | None = None
    given_up: bool = False


class Journal:
    """The progress of one log on one desk; used in a `with`, by one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beginning: Beginning | None = None
        self._cases: dict[str, CaseProgress] = {}

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a+b")
        except OSError as error:
            raise _cannot(self.path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise ProgressError("this log is being fed already: let it end") from None
        try:
            self._read()
        except ProgressError:
            self._file.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def of(self, case: str) -> CaseProgress:
        """How far the case is."""
        return self._cases.setdefault(case, CaseProgress())

    def begin(self, beginning: Beginning) -> Beginning:
        """What the feed goes on with: as it was begun, or this when it begins now.

        Raises:
            ProgressError: it was begun by somebody else, whose keys are not this one's.
        """
        if self.beginning is None:
            self._write(_Line(begins=beginning))
        elif self.beginning.importer != beginning.importer:
            raise ProgressError(
                f"this log was begun by {self.beginning.importer}: go on with "
                f"--as {self.beginning.importer}"
            )
        return self.beginning or beginning

    def opened(self, case: str, number: str) -> None:
        """The case has its ticket."""
        self._write(_Line(case=case, opened=number))

    def at(self, case: str, rows: int, parts: int = 0, refused: Refusal | None = None) -> None:
        """So many rows are answered whole, and so many steps of the next one."""
        self._write(_Line(case=case, rows=rows, parts=parts, refused=refused))

    def give_up(self, case: str, refused: Refusal) -> None:
        """The opening was refused, and with it the whole case."""
        self._write(_Line(case=case, refused=refused, given_up=True))

    def measured(self, case: str, measured: Measured) -> None:
        """The case is done."""
        self._write(_Line(case=case, measured=measured))

    def _write(self, line: _Line) -> None:
        # Unbuffered in effect: what was written before a kill is with the kernel.
        text = line.model_dump_json(exclude_defaults=True)
        try:
            self._file.write(text.encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise _cannot(self.path, error) from error
        self._take_in(line)

    def _read(self) -> None:
        self._file.seek(0)
        whole = 0
        for number, text in enumerate(self._file, start=1):
            if not text.endswith(b"\n"):
                break
            whole += len(text)
            try:
                self._take_in(_Line.model_validate(json.loads(text)))
            except ValueError as error:
                raise ProgressError(
                    f"{self.path} is damaged at line {number}: remove it to feed the log anew; "
                    "what the desk has already is not done twice"
                ) from error
        # A kill in the middle of a line leaves half of it.
        self._file.seek(0, os.SEEK_END)
        if self._file.tell() > whole:
            self._file.truncate(whole)

    def _take_in(self, line: _Line) -> None:
        if line.begins is not None:
            self.beginning = line.begins
            return
        case = self.of(line.case)
        case.number = line.opened or case.number
        if line.rows is not None:
            case.rows, case.parts = line.rows, line.parts
        if line.refused is not None:
            case.refused.append(line.refused)
        case.measured = line.measured or case.measured
        case.given_up = line.given_up or case.given_up


def _cannot(path: Path, error: OSError) -> ProgressError:
    return ProgressError(f"{path} cannot be written: {error.strerror or error}")
