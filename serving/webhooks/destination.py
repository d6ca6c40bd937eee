"""Owns where a webhook may point and how one request is sent there: https to a public address, pinned while it is used.

A name is resolved once, every address of it must be public, and the connection goes to that very address, so that a name which
resolves to another one a moment later leads nowhere inside. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from serving.errors import RefusedInput

TIMEOUT_SECONDS = 10.0
LONGEST_URL = 2000


class NotDelivered(Exception):
    """The receiver did not take it; the message says why in words of ours."""


def check_url(url: str, *, is_loopback_allowed: bool) -> None:
    """Hold a URL against the rules that need no name look-up. Raises: RefusedInput."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise RefusedInput("url: expected an https address, got none") from None
    schemes = ("https", "http") if is_loopback_allowed else ("https",)
    if parts.scheme not in schemes or not parts.hostname or len(url) > LONGEST_URL:
        raise RefusedInput(f"url: expected an address beginning with {' or '.join(schemes)}, of at most {LONGEST_URL} characters")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise RefusedInput("url: expected no user, password or fragment in it, got one")


def send(url: str, body: bytes, headers: dict[str, str], *, is_loopback_allowed: bool) -> None:
    """Post a body. Raises: NotDelivered, unless the receiver answered with a status from 200 to 299."""
    try:
        check_url(url, is_loopback_allowed=is_loopback_allowed)
        parts = urlsplit(url)
        connection = _connection(parts.scheme, str(parts.hostname), parts.port, is_loopback_allowed=is_loopback_allowed)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        try:
            connection.request("POST", path, body=body, headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except RefusedInput as error:
        raise NotDelivered(str(error)) from None
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(type(error).__name__) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"status {status}")


def _connection(scheme: str, host: str, port: int | None, *, is_loopback_allowed: bool) -> http.client.HTTPConnection:
    address = _address(host, port or (443 if scheme == "https" else 80), is_loopback_allowed=is_loopback_allowed)
    if scheme == "http" and not ipaddress.ip_address(address[0]).is_loopback:
        raise NotDelivered("plain http goes to this machine alone")
    plain = socket.create_connection(address, timeout=TIMEOUT_SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    if scheme == "https":
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
    else:
        connection.sock = plain
    return connection


def _address(host: str, port: int, *, is_loopback_allowed: bool) -> tuple[str, int]:
    """Resolve a name. Raises: NotDelivered, if any of its addresses is not public."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not ((mapped.is_global and not mapped.is_multicast) or (is_loopback_allowed and mapped.is_loopback)):
            raise NotDelivered("the address is not a public one")
    return found[0], port
