"""`denials serve` as a process of its own: TLS by flag, and metrics that several workers count together."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from claims.home import Home
from tests.served_process import served
from tests.serving.security.services import own_home

REQUESTS, ROUTE = 40, "/v1/models"


@pytest.fixture
def home(trained_home: Home, tmp_path: Path) -> Path:
    return own_home(trained_home, tmp_path)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that nobody else has signed."""
    own, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, own.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(own, SHA256())
    )
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, key


@pytest.mark.slow
def test_tls_flags_serve_https_with_that_certificate_alone(home: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    trusting = ssl.create_default_context(cafile=str(cert))
    with served(home, "--tls-cert", str(cert), "--tls-key", str(key), verify=trusting) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert "strict-transport-security" in answer.headers
        with pytest.raises(httpx2.TransportError):
            httpx2.get(str(client.base_url), verify=True)
        with pytest.raises(httpx2.TransportError):
            httpx2.get(str(client.base_url).replace("https", "http"))


@pytest.mark.slow
def test_any_of_two_workers_tells_the_requests_of_both(home: Path) -> None:
    with served(home, "--workers", "2") as client:
        workers = set()
        for _ in range(REQUESTS):
            with httpx2.Client(base_url=client.base_url) as other:  # a new connection goes to either worker
                assert other.get(ROUTE).status_code == 200
        for _ in range(10):
            with httpx2.Client(base_url=client.base_url) as other:
                text = other.get("/metrics").text
            counted = [line for line in text.splitlines() if line.startswith("denials_http_requests_total{") and ROUTE in line]
            workers.add(sum(float(line.rsplit(" ", 1)[1]) for line in counted))
        assert workers == {float(REQUESTS)}
