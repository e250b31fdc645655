"""Where a request comes from, as far as it can be believed."""

import ipaddress

from flask import request

from vestibule.audit.values import Origin
from vestibule.foundation.tokens import new_id

LONGEST_BROWSER = 200


def origin_of_request() -> Origin:
    """For the events of this request."""
    return Origin(
        address=(request.remote_addr or "unknown")[:45],
        browser=one_line(request.headers.get("User-Agent", ""))[:LONGEST_BROWSER],
        request_id=new_id(),
    )


def address_key(address: str) -> str:
    """The budget's key of a client address: IPv6 by /64, since a customer gets a whole one."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def one_line(text: str) -> str:
    """Without what could forge a line of a log or turn its direction (LOG-6)."""
    if text.isprintable():
        return text
    return "".join(character for character in text if character.isprintable())
