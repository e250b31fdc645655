"""Security headers, on every answer of ours: pages, redirects and errors."""

from werkzeug.wrappers import Response

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
_HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


def secure(response: Response, *, https: bool, is_static: bool) -> None:
    """Set the headers where the response does not set them itself (WEB-6 to WEB-10)."""
    headers = response.headers
    wanted = (*_HEADERS, _HSTS) if https else _HEADERS
    there = {name.lower() for name, _ in headers}
    headers.extend([(name, value) for name, value in wanted if name.lower() not in there])
    if not is_static:
        # Nearly every page is personal or holds a token of the person's; no cache keeps any.
        headers["Cache-Control"] = "no-store"
