"""``vestibule run``, as its own process: it starts, serves, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.support.running_site import PROGRAM, RunningSite, free_port
from vestibule import new_key


def test_it_starts_from_nothing_says_where_everything_is_and_ends_cleanly(tmp_path: Path) -> None:
    with RunningSite(tmp_path / "instance", workers=1) as site:
        assert "Create account" in httpx.get(site.url).text
        answer = httpx.post(site.url + "/login", data={"password": "x" * 1_000_000})
        assert answer.status_code == 413
        assert httpx.get(f"{site.url}/login?next={'a' * 5000}").status_code in range(400, 500)
        many = {f"x-{number}": "a" for number in range(200)}
        assert httpx.get(site.url, headers=many).status_code in range(400, 500)
        assert site.stop() == 0
    said = site.said()
    instance = tmp_path / "instance"
    assert f"Vestibule listens on {site.url} (Ctrl-C ends it)" in said
    assert f"Data: {instance / 'vestibule.db'}\n" in said
    assert f"Keys: {instance / 'keys.toml'} " in said
    assert f"Mail: {instance / 'outbox'} " in said
    assert "Traceback" not in said
    others_may = [path for path in (instance, *instance.rglob("*")) if path.stat().st_mode & 0o077]
    assert others_may == []


def test_the_next_start_finds_the_keys_and_the_people_of_the_last(
    tmp_path: Path, postgresql_url: str
) -> None:
    with RunningSite(tmp_path / "instance", database=postgresql_url, workers=1) as site:
        person = site.member()
        kept = (tmp_path / "instance" / "keys.toml").read_bytes()
        site.stop()
        site.start()
        assert (tmp_path / "instance" / "keys.toml").read_bytes() == kept
        assert person.is_signed_in()
        assert not (tmp_path / "instance" / "vestibule.db").exists()


def test_two_may_start_on_one_instance_at_once_and_either_way_of_ending_is_clean(
    tmp_path: Path,
) -> None:
    ports = (free_port(), free_port())
    instance = tmp_path / "instance"
    sites = [
        start([PROGRAM, "run", "--workers", "1", "--port", port, "--instance", instance, *more])
        for port, more in zip(ports, ([], ["--host", "0.0.0.0"]), strict=True)  # noqa: S104
    ]
    statuses = [
        answers(f"http://127.0.0.1:{port}/register", site)
        for port, site in zip(ports, sites, strict=True)
    ]
    ended = [end(sites[0], signal.SIGTERM), end(sites[1], signal.SIGINT, everybody=True)]
    assert statuses == [200, 200]
    assert [code for code, _ in ended] == [0, 0]
    assert [said for _, said in ended if "Traceback" in said or "rror" in said] == []
    # Only the second can be reached from other machines.
    assert ["Warning: " in said and "plain http" in said for _, said in ended] == [False, True]


def test_developers_have_a_server_that_ctrl_c_ends_too(tmp_path: Path) -> None:
    port = free_port()
    site = start([PROGRAM, "run", "--dev", "--port", port, "--instance", tmp_path / "instance"])
    status = answers(f"http://127.0.0.1:{port}/login", site)
    code, said = end(site, signal.SIGINT, everybody=True)  # as a terminal does
    assert status == 200
    assert code == 0
    assert "Traceback" not in said


def test_any_wsgi_server_serves_the_same_site(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "VESTIBULE_INSTANCE": str(tmp_path / "instance"),
        "VESTIBULE_DATABASE": f"sqlite:///{tmp_path / 'elsewhere.db'}",
        "VESTIBULE_ISSUER": "Acme",
        "VESTIBULE_SECRET_KEY": "s" * 64,
        "VESTIBULE_KEYS": new_key(),
    }
    command = [PROGRAM.with_name("gunicorn"), "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    site = start([*command, "vestibule.ready_site.wsgi:app"], environment)
    try:
        assert answers(f"http://127.0.0.1:{port}/register") == 200
        assert "Create account – Acme" in httpx.get(f"http://127.0.0.1:{port}/register").text
    finally:
        end(site, signal.SIGTERM)
    assert not (tmp_path / "instance" / "keys.toml").exists()
    assert (tmp_path / "elsewhere.db").exists()


def start(
    command: list[object], environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        # A shell that starts the tests in the background has them ignore Ctrl-C, and children
        # inherit that; in a terminal it is not so.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def answers(url: str, site: subprocess.Popen[str] | None = None) -> int:
    """The status of the page, once somebody answers; of a dead site its last words."""
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, timeout=30).status_code
        except httpx.TransportError:
            if site is not None and site.poll() is not None and site.stdout is not None:
                raise AssertionError(f"the site ended: {site.stdout.read()}") from None
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def end(
    site: subprocess.Popen[str], number: signal.Signals, *, everybody: bool = False
) -> tuple[int, str]:
    """Send the signal, to the whole group or the first process; the exit code and what was said."""
    if everybody:
        os.killpg(site.pid, number)
    else:
        site.send_signal(number)
    said, _ = site.communicate(timeout=40)
    return site.returncode, said
