"""``/admin/audit``: what happened, newest first; one event; and the whole of a filter as a file."""

import re
from typing import Any, cast

from flask import Response as FlaskResponse
from flask import request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from vestibule.admin_pages.event_filter import Asked, EventFilter, filter_of_request, given
from vestibule.admin_pages.event_lines import lines_of, people
from vestibule.admin_pages.event_words import KINDS, RESULTS
from vestibule.audit.exporting import as_csv, csv_line, lines
from vestibule.audit.flows import record
from vestibule.audit.rows import NAMES, as_json
from vestibule.audit.searching import Found, event_with, newest, proof_of
from vestibule.audit.values import EventKind, Factor
from vestibule.audit.wanted import Wanted
from vestibule.audit.words import factor_in_words
from vestibule.notices.values import one_line
from vestibule.sessions.values import LiveSession
from vestibule.web.csrf import check_csrf
from vestibule.web.pages import page
from vestibule.web.request_state import runtime, state

PAGE = 50
_ID = re.compile("[0-9a-f]{32}")


def events() -> Response:
    """A page of the events that the address asks for."""
    form, asked = filter_of_request()
    return _show(form, asked)


def _show(form: EventFilter, asked: Asked | None) -> Response:
    services = runtime().services
    found, account = Found([], None), None
    if asked:
        with services.database.read() as connection:
            found = newest(connection, asked.wanted, most=PAGE, after=asked.after)
        account = next(iter(people(services, asked.wanted.accounts).values()), None)
    filtered = given(form)
    return page(
        "admin_events.html",
        200 if asked else 422,
        form=form,
        lines=lines_of(services, found.events),
        account=account,
        kinds=KINDS,
        results=RESULTS,
        factors={one: factor_in_words(one) for one in Factor},
        older_url=_here(before=found.goes_on.as_key(), **filtered) if found.goes_on else None,
        newest_url=_here(**filtered) if asked and asked.after else None,
        export_url=_export(**filtered) if asked else None,
        all_url=_here() if filtered else None,
    )


def _here(**filtered: Any) -> str:
    return url_for("vestibule.admin_audit", **filtered)


def _export(**filtered: Any) -> str:
    return url_for("vestibule.admin_audit_export", **filtered)


def event(event: str) -> Response:
    """One event with all that it says, at an address of its own."""
    services = runtime().services
    with services.database.read() as connection:
        found = event_with(connection, event) if _ID.fullmatch(event) else None
        if found is None:
            raise NotFound
        proof = proof_of(connection, services.keyring, found)
    (line,) = lines_of(services, [found])
    facts = found.facts if isinstance(found.facts, dict) else {"?": found.facts}
    return page(
        "admin_event.html",
        one=line,
        browser=one_line(found.columns[8] or ""),
        request_id=one_line(found.columns[9] or ""),
        facts={one_line(str(name)): one_line(str(fact)) for name, fact in facts.items()},
        proof=proof,
        results={result.value: said for result, said in RESULTS.items()},
        list_url=_here(),
        account_url=_here(account=line.who.id) if line.who else None,
    )


def export() -> Response:
    """Every event of the filter as a file, oldest first. A POST with a second step of just now:
    what leaves tells of everybody, and the log says that it left."""
    check_csrf(request.form.get("csrf_token"))
    form, asked = filter_of_request()
    if asked is None:
        return _show(form, None)
    is_csv = request.form.get("format") == "csv"
    ending = "csv" if is_csv else "jsonl"
    services = runtime().services
    now = services.clock.now()
    # The session that the access to this page was granted by.
    by = cast(LiveSession, runtime().session()).subject_id
    with services.database.write() as connection:
        record(
            connection,
            now,
            EventKind.AUDIT_EXPORTED,
            origin=state().origin,
            subject_id=by,
            details={"format": ending, **_said_of(asked.wanted)},
        )
    head = [csv_line(NAMES)] if is_csv else []
    found = lines(services, asked.wanted, as_csv if is_csv else as_json)
    answer = FlaskResponse(
        (f"{line}\n" for part in (head, found) for line in part),
        mimetype="text/csv" if is_csv else "application/jsonl",
    )
    name = f"events-{now:%Y-%m-%d-%H%M}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _said_of(wanted: Wanted) -> dict[str, str]:
    said = {
        "account": "".join(wanted.accounts),
        "kind": "".join(wanted.kinds),
        "result": wanted.result,
        "factor": wanted.factor,
        "address": wanted.address,
        "from": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
    }
    return {name: str(value) for name, value in said.items() if value}
