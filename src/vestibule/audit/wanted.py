"""Which events somebody asks for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement

from vestibule.audit.models import Event
from vestibule.audit.values import EventKind, Factor, Result

_Condition = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Wanted:
    """All that is given has to hold."""

    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
    kinds: Sequence[EventKind] = ()
    accounts: Sequence[str] = ()
    """Random ids."""
    address: str | None = None
    result: Result | None = None
    factor: Factor | None = None

    def along(self) -> list[ColumnElement[bool]]:
        """What one index has in the order of time: only such events are looked at, however many
        others there are."""
        return [*self._within(), *(one(Event) for one in self._split[0])]

    def besides(self, event: Any = Event) -> list[ColumnElement[bool]]:
        """The rest, that each of those is asked for."""
        return [one(event) for one in self._split[1]]

    def _within(self) -> Iterator[ColumnElement[bool]]:
        if self.since:
            yield Event.at >= self.since
        if self.until:
            yield Event.at < self.until

    @property
    def _split(self) -> tuple[list[_Condition], list[_Condition]]:
        # The one that leaves fewest first.
        indexed: dict[str, Sequence[str]] = {
            "subject_id": self.accounts,
            "address": [self.address] if self.address else [],
            "kind": self.kinds,
        }
        others: dict[str, Sequence[str]] = {
            "result": [self.result] if self.result else [],
            "factor": [self.factor] if self.factor else [],
        }
        # Of one value an index has the events in the order of time; of several it has not.
        along = next((name for name, values in indexed.items() if len(values) == 1), None)
        conditions = {
            name: partial(_one_of, name, values)
            for name, values in (indexed | others).items()
            if values
        }
        return [conditions.pop(along)] if along else [], list(conditions.values())


def _one_of(name: str, values: Sequence[str], event: Any) -> ColumnElement[bool]:
    column, texts = getattr(event, name), [str(one) for one in values]
    found: ColumnElement[bool] = column == texts[0] if len(texts) == 1 else column.in_(texts)
    return found
