"""Writing events. Every state change calls :func:`record` inside its own transaction (P6)."""

import json
from datetime import datetime

from sqlalchemy import Connection, insert

from vestibule.audit.details import check_details
from vestibule.audit.models import Event
from vestibule.audit.rows import StoredEvent, as_json
from vestibule.audit.signals import EventRecorded, announce
from vestibule.audit.signing import canonical, instant, services_of, signature
from vestibule.audit.values import Details, EventKind, Factor, Origin, Result
from vestibule.foundation.database import after_commit
from vestibule.foundation.tokens import new_id
from vestibule.notices import flows as notices

_INSERT = insert(Event)


def record(
    connection: Connection,
    at: datetime,
    kind: EventKind,
    *,
    origin: Origin,
    subject_id: str | None = None,
    factor: Factor | None = None,
    result: Result = Result.OK,
    details: Details | None = None,
    actor: str | None = None,
) -> None:
    """Write one event on ``connection``, signed; it stands or falls with that transaction.

    ``details`` never holds a secret, nor anything typed that could be one (LOG-4, LOG-5): a name
    that belongs to nobody comes as a keyed hash. ``actor`` is who did it, where that is not the
    account's own person. Raises ValueError for details that the kind's
    schema does not know (LOG-3).
    """
    said = dict(details or {})
    check_details(kind, said)
    identity, services = new_id(), services_of(connection)
    key_id = services.keyring.current_id
    texts = {
        "id": identity,
        "at": instant(at),
        "kind": kind.value,
        "result": result.value,
        "factor": factor.value if factor else None,
        "subject_id": subject_id,
        "actor": actor or subject_id,
        "address": origin.address,
        "browser": origin.browser,
        "request_id": origin.request_id,
        "key_id": key_id,
    }
    mac = signature(services.keyring, key_id, canonical([*texts.values()], said))
    connection.execute(_INSERT, texts | {"at": at, "details": said, "mac": mac})
    sink = services.event_sink
    if sink:
        line = as_json(StoredEvent(tuple(texts.values()), json.dumps(said), mac))
        after_commit(connection, lambda: sink(line))
    # Here, so that no change can forget it: a mail about each event that somebody is told of.
    notices.write(connection, at, kind, subject_id, origin, details or {})
    announce(
        connection,
        EventRecorded(identity, at, kind, result, factor, subject_id, origin, details or {}),
    )
