"""A notice as a mail: plain text, and the same as HTML."""

import quopri
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from typing import Any

from markupsafe import escape

from vestibule.browser_names import browser_in_words
from vestibule.notices.values import NOTICES, address_of, one_line
from vestibule.settings import Settings
from vestibule.texts import Text, dates_of, translations

_BOUNDARY = "=_vestibule"
"""In no quoted-printable text there is an underscore behind an equals sign (RFC 2045, 6.7)."""


def letter(
    settings: Settings,
    identity: str,
    kind: str,
    made_at: datetime,
    parameters: Mapping[str, Any],
    recipient: str,
    link: str | None,
) -> EmailMessage:
    """The mail of one notice. Nothing in it can add a header, a line or a link: the site's own
    words, and of strangers only printable ones in one line each.
    """
    language = str(parameters.get("language"))
    words = translations(language)
    notice = NOTICES[kind]
    browser = browser_in_words(str(parameters.get("browser", "")))
    said = {"site": settings.issuer, "browser": browser}
    subject = Text(str(notice.subject), **said).said_in(words)
    paragraphs = [
        Text(str(notice.what), **said),
        *_left(parameters),
        *_opens(parameters, language),
        Text(
            "User name: %(username)s\nWhen: %(when)s\nFrom the network address: %(address)s\n"
            "Browser: %(browser)s",
            username=one_line(str(parameters.get("name", ""))),
            when=_moment(made_at, language),
            address=one_line(str(parameters.get("address", ""))) or "–",
            browser=browser,
        ),
        Text("If this was you, there is nothing to do."),
    ]
    link = link if notice.has_link else None
    if notice.if_not_you:
        paragraphs.append(notice.if_not_you)
    elif link and notice.stops_recovery:
        paragraphs.append(
            Text(
                "If it was not you, stop it on this page; there you can also close the account to "
                "whoever knows your password:"
            )
        )
    elif link:
        paragraphs.append(
            Text(
                "If it was not you, open this page. It ends every session of your account and "
                "makes the password unusable until you set a new one:"
            )
        )
    else:
        paragraphs.append(
            Text(
                "If it was not you, change your password, and tell the people who run %(site)s.",
                site=settings.issuer,
            )
        )
    texts = [one.said_in(words) for one in paragraphs]
    if link:
        texts.append(link)
    label = Text("Stop it") if notice.stops_recovery else Text("This wasn’t me")
    said_label = label.said_in(words)
    return _mail(settings, identity, made_at, recipient, subject, texts, language, said_label)


def host_letter(
    settings: Settings,
    identity: str,
    made_at: datetime,
    recipient: str,
    subject: str,
    paragraphs: Sequence[str],
) -> EmailMessage:
    """A mail of the host's own, in the host's words."""
    return _mail(settings, identity, made_at, recipient, subject, paragraphs)


def _mail(
    settings: Settings,
    identity: str,
    made_at: datetime,
    recipient: str,
    subject: str,
    paragraphs: Sequence[str],
    language: str = "",
    label: str = "",
) -> EmailMessage:
    own = sender(settings)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _header("From", str(own))
    mail["To"] = address_of(recipient)
    mail["Subject"] = _header("Subject", one_line(subject))
    mail["Date"] = made_at
    # The same when it has to be sent again, so that mail programs know it.
    mail["Message-ID"] = f"<{identity}@{own.domain.strip('[]')}>"
    # RFC 3834: asks for no out-of-office reply
    mail["Auto-Submitted"] = _header("Auto-Submitted", "auto-generated")
    mail["MIME-Version"] = _header("MIME-Version", "1.0")
    mail["Content-Type"] = _header("Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"')
    base = settings.base_url
    texts = [*paragraphs, base] if base else [*paragraphs]
    html = _page(language, subject, [_html_of(text, base, label) for text in texts])
    mail.set_payload([_part("plain", "\n\n".join(texts) + "\n"), _part("html", html)])
    return mail


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> Any:
    """A header that many mails have: parsing it costs more than all the rest of a mail."""
    return SMTP.header_store_parse(name, value)[1]  # which refuses a second line


def _part(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = _header("Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _header("Content-Transfer-Encoding", "quoted-printable")
    part.set_payload(quopri.encodestring(text.encode()).decode("ascii"))
    return part


def sender(settings: Settings) -> Address:
    """Who the mails are from: ``VESTIBULE_MAIL_FROM``, else no-reply at the site's own host."""
    if settings.mail_from:
        return Address(settings.issuer, addr_spec=settings.mail_from)
    host = settings.host or "localhost"
    # A number instead of a name stands in brackets (RFC 5321 section 4.1.3).
    domain = f"[{host}]" if host.replace(".", "").isdecimal() else host
    return Address(settings.issuer, "no-reply", domain)


def _left(parameters: Mapping[str, Any]) -> list[Text]:
    left = parameters.get("left")
    if not isinstance(left, int):
        return []
    if left == 0:
        return [Text("It was the last one. Make new ones before you need them.")]
    return [
        Text.counted(
            "%(count)s backup code is left. Make new ones before you need them.",
            "%(count)s backup codes are left.",
            left,
        )
    ]


def _opens(parameters: Mapping[str, Any], language: str) -> list[Text]:
    opens_at = parameters.get("opens_at")
    if not isinstance(opens_at, str):
        return []
    when = _moment(datetime.fromisoformat(opens_at), language)
    return [Text("Nothing changes before %(when)s.", when=when)]


def _moment(at: datetime, language: str) -> str:
    from babel.dates import format_date, format_time

    utc, locale = at.astimezone(UTC), dates_of(language)
    return f"{format_date(utc, 'long', locale)}, {format_time(utc, 'HH:mm', locale=locale)} UTC"


def _html_of(text: str, base: str, label: str) -> str:
    """A paragraph; of the whole of a link of this site, and of nothing else, a link."""
    if base and text.startswith(f"{base.rstrip('/')}/") and len(text.split()) == 1:
        return f'<p><a href="{escape(text)}">{escape(label or text)}</a></p>'
    return f"<p>{escape(text)}</p>".replace("\n", "<br>\n")


def _page(language: str, subject: str, parts: Sequence[str]) -> str:
    # No picture, no style sheet, nothing that is fetched: opening a mail tells nobody anything.
    named = f' lang="{escape(language)}"' if language else ""
    return (
        f'<!doctype html>\n<html{named}>\n<head><meta charset="utf-8">'
        f"<title>{escape(one_line(subject))}</title></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )
