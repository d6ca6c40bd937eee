"""Owns where a service may listen: this machine alone, unless the way there is protected."""

import ipaddress

from serving.security.errors import UnsafeBind
from serving.settings import Settings


def check_bind(host: str, settings: Settings) -> None:
    """Raises: UnsafeBind, for an address that others can reach without authentication, or with neither TLS nor a proxy."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise UnsafeBind("--tls-cert and --tls-key: expected both or none, got one")
    if is_loopback(host):
        return
    if settings.authentication == "off":
        raise UnsafeBind(
            f"--host {host}: expected an address of this machine alone (127.0.0.1) without authentication, got another"
        )
    if settings.tls_cert is None and not settings.behind_proxy:
        raise UnsafeBind(
            f"--host {host}: expected an address of this machine alone (127.0.0.1), got another; keys and claims would travel in "
            "the clear. Give --tls-cert and --tls-key, or set DENIALS_BEHIND_PROXY=1 where a proxy ends TLS"
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
