"""A real site whose operator's secrets are known, and every place where one could be found."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlsplit

import httpx
from click.testing import CliRunner, Result

from tests.ready_site.test_breached_passwords import Server as ListOfBreaches
from tests.support.canaries import all_files, all_rows
from tests.support.person import Person
from tests.support.races import wait_for
from tests.support.running_site import RunningSite, free_port
from tests.support.smtp import PASSWORD, USER, MailServer
from vestibule.cli import main

LINK = re.compile(r"https?://\S+\?token=([\w-]+)")
DAY = 24 * 60 * 60


@dataclass
class Surroundings:
    site: RunningSite
    mail_server: MailServer
    breaches: ListOfBreaches
    environment: dict[str, str]
    database_password: str
    answers: list[tuple[str, str]] = field(default_factory=list)
    """Path and text of every page that anybody got."""
    cookies: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)
    """Each that was run on the site, and what it said."""

    @classmethod
    @contextmanager
    def running(cls, folder: Path, database: str | None, log: str) -> Iterator[Surroundings]:
        hidden, port = f"canary-{secrets.token_hex(12)}", free_port()
        if database:
            database = re.sub("//([^:@/]+)(:[^@]*)?@", rf"//\1:{hidden}@", database)
            assert hidden in database
        with ExitStack() as stack:
            mail_server = stack.enter_context(MailServer.running(folder))
            breaches = ListOfBreaches()
            Thread(target=breaches.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(breaches.server_close)
            stack.callback(breaches.shutdown)
            environment = {
                "SSL_CERT_FILE": str(mail_server.authority),
                "VESTIBULE_BASE_URL": f"http://127.0.0.1:{port}",
                "VESTIBULE_BREACHED_PASSWORDS": breaches.url,
                "VESTIBULE_CHANGE_NAMES": "yes",
                "VESTIBULE_EVENT_STREAM": "stdout",
                "VESTIBULE_LOG": log,
                "VESTIBULE_MAIL": mail_address(mail_server, PASSWORD),
                "VESTIBULE_METRICS_TOKEN": f"canary-{secrets.token_hex(16)}",
                "VESTIBULE_RECOVERY_AFTER": str(2 * DAY),
                "VESTIBULE_TRUST_BROWSERS_FOR": str(DAY),
                "VESTIBULE_TRUST_WHERE_REQUIRED": "yes",
            }
            given = {"database": database} if database else {}
            site = stack.enter_context(
                RunningSite(
                    folder / "instance", workers=1, port=port, environment=environment, **given
                )
            )
            yield cls(site, mail_server, breaches, environment, hidden if database else "")

    def follows(self, person: Person) -> Person:
        person.browser.event_hooks = {"response": [self._sees]}
        return person

    def _sees(self, answer: httpx.Response) -> None:
        answer.read()
        self.answers.append((urlsplit(str(answer.url)).path, answer.text))
        self.addresses += [str(answer.url), answer.headers.get("Location", "")]
        self.cookies |= {value for value in answer.cookies.values() if value}

    def runs(self, *words: str, **environment: str) -> Result:
        """A command of the operator's, on this site."""
        mask = os.umask(0o077)
        try:
            given = [*words, "--instance", str(self.site.instance)]
            given += ["--database", self.site.database_url] if self.database_password else []
            ran = CliRunner(env=self.environment | environment).invoke(main, given)
        finally:
            os.umask(mask)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        self.commands.append((" ".join(words), ran.output))
        return ran

    def link_to(self, address: str, subject: str) -> str:
        """That of the newest such mail; it has to come yet, perhaps."""

        def newest() -> str:
            mails = [
                mail
                for mail in list(self.mail_server.mails)
                if mail["To"] == address and str(mail["Subject"]).startswith(subject)
            ]
            found = LINK.search(mails[-1].get_body(("plain",)).get_content()) if mails else None
            return found[0] if found else ""

        try:
            wait_for(newest)
        except RuntimeError as error:
            there = [(str(mail["To"]), str(mail["Subject"])) for mail in self.mail_server.mails]
            raise LookupError(f"no mail {subject!r} to {address}; there are {there}") from error
        return newest().removeprefix(self.site.url)

    # Where something could be found

    def mails(self) -> bytes:
        return b"\n".join(mail.as_bytes() for mail in self.mail_server.mails)

    def mails_as_read(self) -> bytes:
        parts = [part for mail in self.mail_server.mails for part in mail.walk()]
        texts = [part.get_content() for part in parts if part.get_content_maintype() == "text"]
        return "\n".join([*texts, *(str(mail.items()) for mail in self.mail_server.mails)]).encode()

    def database(self) -> bytes:
        return all_rows(self.site) + all_files(self.site)

    def said(self) -> bytes:
        """Its log on standard error, and the stream of events on standard output."""
        return self.site.said().encode()

    def metrics(self) -> bytes:
        token = self.environment["VESTIBULE_METRICS_TOKEN"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{self.site.url}/metrics", headers=headers)
        assert answer.status_code == 200
        return answer.content

    def pages(self, *but: str) -> bytes:
        return "\n".join(text for path, text in self.answers if path not in but).encode()

    def secrets_of_the_operator(self) -> list[str]:
        held = tomllib.loads((self.site.instance / "keys.toml").read_text())
        return [
            *(held["secret_key"], *(key.partition(":")[2] for key in held["keys"])),
            *(PASSWORD, self.environment["VESTIBULE_METRICS_TOKEN"]),
            *([self.database_password] if self.database_password else []),
        ]


def mail_address(server: MailServer, password: str) -> str:
    return f"smtp://{USER}:{quote(password, safe='')}@localhost:{server.port}"
