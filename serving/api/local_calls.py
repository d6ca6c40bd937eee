"""Owns who may call while authentication is off: programs and pages of this machine, and nobody else.

Loopback alone is no wall: a page from elsewhere can make the visitor's browser call 127.0.0.1, and a name in its own domain can
be pointed there (DNS rebinding). So peer, Host and Origin must all be of this machine.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

from serving.security.errors import NotAllowed

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_strangers(scope: Scope, headers: dict[bytes, bytes]) -> None:
    """Raises: NotAllowed for a call that did not begin on this machine."""
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    address = _address(peer)
    if address is not None:  # what has none came over no network
        if not address.is_loopback or any(name in headers for name in _FORWARDED):
            raise NotAllowed("caller: expected this machine while DENIALS_AUTHENTICATION=off, got another")
        if not is_local_name(urlsplit(f"//{_text(headers, b'host')}").hostname):
            raise NotAllowed("Host: expected this machine while DENIALS_AUTHENTICATION=off, got another")
    if scope["method"] not in _SAFE_METHODS and not is_same_origin(headers):
        raise NotAllowed("Origin: expected this service's own page, got another")


def is_same_origin(headers: dict[bytes, bytes]) -> bool:
    """Tell whether a browser says that the call began at a page of ours; what is no browser says nothing."""
    site = headers.get(b"sec-fetch-site")
    if site is not None and site not in {b"same-origin", b"none"}:
        return False
    origin = headers.get(b"origin")
    return origin is None or urlsplit(_text(headers, b"origin")).netloc == _text(headers, b"host")


def is_local_name(host: str | None) -> bool:
    """Tell whether a host's name is this machine."""
    if host is None or host == "localhost":
        return host is not None
    address = _address(host)
    return address is not None and address.is_loopback


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
