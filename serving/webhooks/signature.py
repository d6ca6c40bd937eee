"""Owns how a delivery is signed: `Denials-Signature: t=SECONDS,v1=HEX`, HMAC-SHA-256 of `SECONDS.BODY` under its secret.

The secret is derived from the service's own and the webhook's id: it is shown when the webhook is made and stored nowhere.
"""

import hmac
from datetime import datetime

from serving.security.service_key import Purpose, ServiceKey

HEADER = "Denials-Signature"


def secret_of(webhook_id: str, service_key: ServiceKey) -> str:
    """Derive the secret under which deliveries to a webhook are signed."""
    return service_key.hex(Purpose.WEBHOOKS, webhook_id)


def sign(body: bytes, *, secret: str, now: datetime) -> str:
    """Write the header of one attempt."""
    seconds = int(now.timestamp())
    return f"t={seconds},v1={hmac.digest(secret.encode(), f'{seconds}.'.encode() + body, 'sha256').hex()}"
