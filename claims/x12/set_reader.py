"""Owns the one loop over the segments of a transaction set; what each segment means is the business of the reader per kind."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn

from claims.x12.transactions import Envelope, Transaction
from claims.x12.values import BadSegment

Handler = Callable[[str], None]
Numbered = tuple[int, str]  # a segment with its number in the file


class Refused(NamedTuple):
    """Something that could not be read, or a warning: where, why, and of which claim."""

    position: int
    fault: BadSegment
    patient_control_number: str | None = None


class _EndOfSet(Exception):
    """A segment of the envelope was met."""


def _end(segment: str) -> NoReturn:  # noqa: ARG001
    raise _EndOfSet


class SetReader(ABC):
    """Reads one transaction set: keeps the segment handlers of its kind and what they refused.

    Handlers are found by the first three characters ("CLM", "N3*") and given the whole segment: the cheap test comes first, and
    a segment that repeats an earlier one need not be split again.
    """

    def __init__(self, mark: str, handlers: dict[str, Handler]) -> None:
        self.position = 0
        self.refused: list[Refused] = []
        self.warned: list[Refused] = []
        ends: dict[str, Handler] = dict.fromkeys(
            ("ISA", f"GS{mark}", f"ST{mark}", f"SE{mark}", "SE", f"GE{mark}", "GE", "IEA"), _end
        )
        self._handlers = ends | {(name + mark if len(name) == 2 else name): handler for name, handler in handlers.items()}

    def read(self, numbered: Iterator[Numbered]) -> Numbered | None:
        """Read on until a segment of the envelope, which is given back; `None` when the interchange ends without one."""
        find = self._handlers.get
        position, segment = 0, ""
        while True:
            try:
                for position, segment in numbered:
                    handler = find(segment[:3])
                    if handler is not None:
                        self.position = position
                        handler(segment)
            except BadSegment as fault:
                fault.__traceback__ = fault.__context__ = None  # they hold the frames that hold this reader
                self.take_fault(fault)
            except _EndOfSet:
                return position, segment
            else:
                return None

    @abstractmethod
    def finish(self, envelope: Envelope, content_key: str) -> Transaction | None:
        """Give the transaction once its SE was met; `None` when what was refused leaves nothing of it.

        Raises: BadSegment, where the set as a whole is no use.
        """

    def release(self) -> None:
        """Let go of the handlers, which hold this reader and all that it read in a ring that only the collector would free."""
        self._handlers = {}

    def take_fault(self, fault: BadSegment) -> None:
        """Keep a fault of the segment at hand; a reader per kind narrows it to the claim that it spoils."""
        self.refused.append(Refused(self.position, fault))


class PassingReader(SetReader):
    """Reads past a set that is refused, to its end."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark, {})

    def finish(self, envelope: Envelope, content_key: str) -> Transaction | None:  # noqa: ARG002
        """Give nothing."""
        return None
