"""What accounts leave behind while people use them: a session, a known browser, counts of tries."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

_RANDOM = {
    "sqlite": "lower(hex(randomblob(32)))",
    "postgresql": "encode(sha256((id || random())::bytea), 'hex')",
}
_OF_EACH_ACCOUNT = (
    """
    INSERT INTO vestibule_session (id, public_id, subject_id, version, login_id, level, created_at,
        ends_at, last_seen_at, first_step_at, address, browser)
    SELECT {random}, id, id, version, user_id, 'aal2', :now, :later, :now, :now, '192.0.2.1', ''
    FROM vestibule_subject
    """,
    """
    INSERT INTO vestibule_known_browser (id, browser, subject_id, version, ends_at)
    SELECT id, {random}, id, version, :later FROM vestibule_subject
    """,
    """
    INSERT INTO vestibule_budget (kind, subject, count, window_ends)
    SELECT 'code.strangers', id, 1, NULL FROM vestibule_subject
    """,
    """
    INSERT INTO vestibule_budget (kind, subject, count, window_ends)
    SELECT 'password.account', {random}, 1, :later FROM vestibule_subject
    """,
)


def fill_rows(engine: Engine) -> None:
    """None of it is over today, so that a purge finds nothing to delete."""
    now = datetime.now(UTC).replace(tzinfo=None)
    times = {
        name: at.isoformat(" ", "microseconds") + ("" if engine.dialect.name == "sqlite" else "Z")
        for name, at in (("now", now), ("later", now + timedelta(days=1)))
    }
    for statement in _OF_EACH_ACCOUNT:
        with engine.begin() as connection:
            sql = statement.format(random=_RANDOM[engine.dialect.name])
            connection.execute(text(sql), {key: times[key] for key in times if f":{key}" in sql})
