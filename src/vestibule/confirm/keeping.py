"""Keeping a POST in the page that asks to confirm, sealed for this account and nowhere else."""

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request

from vestibule.confirm.values import KEPT_FOR, KeptPost, TooLong, is_secret, read_kept
from vestibule.foundation.keyring import KeyMissing, Unreadable
from vestibule.signin.values import safe_next
from vestibule.web.csrf import csrf_token, is_from_elsewhere, is_genuine
from vestibule.web.leading_on import way_back
from vestibule.web.pages import after_sign_in
from vestibule.web.request_state import runtime

_PLACE = "waiting-post"
_FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data")


class NotKept(Exception):
    """This POST cannot wait; ``why`` is a word for the page that follows."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def keep(subject_id: str, asks_again: Collection[str] | None) -> str:
    """The POST of this request, sealed. Raises :class:`NotKept`."""
    sent = list(request.form.items(multi=True))
    own_tokens = {name for name, value in sent if "csrf" in name.lower() and is_genuine(value)}
    if not (own_tokens or _comes_from_our_pages()):
        # It would come a second time from a page of ours, and look as if it always had.
        raise NotKept("elsewhere")
    if any(file.filename for file in request.files.values()):
        raise NotKept("files")
    if request.mimetype not in _FORMS:
        raise NotKept("unreadable")
    target = _this_address()
    if safe_next(target) is None:
        raise NotKept("unreadable")
    secret = {name for name, _ in sent if is_secret(name, asks_again)} - own_tokens
    kept = KeptPost(
        target=target,
        fields=tuple((name, value) for name, value in sent if name not in secret),
        own_tokens=tuple(sorted(own_tokens)),
        asked_again=tuple(dict.fromkeys(name for name, _ in sent if name in secret)),
        back=way_back() or after_sign_in(),
        until=(runtime().services.clock.now() + KEPT_FOR).timestamp(),
    )
    try:
        text = kept.as_text()
    except TooLong:
        raise NotKept("long") from None
    return runtime().services.keyring.seal_text(
        text.encode("utf-8", "surrogatepass"), _PLACE, subject_id
    )


def kept_in(sealed: str, subject_id: str) -> KeptPost | None:
    """What was sealed for this account, while it may still be sent."""
    services = runtime().services
    try:
        text = services.keyring.unseal_text(sealed, _PLACE, subject_id)
    except (Unreadable, KeyMissing):
        return None
    kept = read_kept(text.decode("utf-8", "surrogatepass"))
    return kept if services.clock.now().timestamp() < kept.until else None


def fields_now(kept: KeptPost) -> list[tuple[str, str]]:
    """The fields to be sent again. A token of ours belonged to the session's old token: whoever
    came with a good one gets a new one, and nobody else.
    """
    return [
        (name, csrf_token() if name in kept.own_tokens else value) for name, value in kept.fields
    ]


def _this_address() -> str:
    """Path and query as the browser wrote them."""
    parts = urlsplit(request.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _comes_from_our_pages() -> bool:
    """Whether the browser itself says so: the host's own CSRF check is still to come."""
    if is_from_elsewhere():
        return False
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return request.headers.get("Origin") == request.host_url.rstrip("/")
