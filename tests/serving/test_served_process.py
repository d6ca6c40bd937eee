"""`denials serve` as a process of its own: TLS by flag, and metrics that several workers count together."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.conftest import END
from tests.serving.security.services import own_home

REQUESTS, ROUTE = 40, "/v1/models"
WAIT_SECONDS = 90.0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _served(home: Path, *flags: str, verify: ssl.SSLContext | bool = True) -> Iterator[httpx2.Client]:
    """Serve a home in another process until it is ready; give a client of it."""
    port, scheme = _free_port(), "https" if isinstance(verify, ssl.SSLContext) else "http"
    words = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--port", str(port), *flags]
    environment = os.environ | {"DENIALS_TODAY": END.isoformat(), "DENIALS_AUTHENTICATION": "off"}
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with httpx2.Client(base_url=f"{scheme}://localhost:{port}", verify=verify) as client:
                _wait_for(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(client: httpx2.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        assert process.poll() is None, "the service ended"
        assert time.monotonic() < deadline, "the service did not come up"
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)


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
    with _served(home, "--tls-cert", str(cert), "--tls-key", str(key), verify=trusting) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert "strict-transport-security" in answer.headers
        with pytest.raises(httpx2.TransportError):
            httpx2.get(str(client.base_url), verify=True)
        with pytest.raises(httpx2.TransportError):
            httpx2.get(str(client.base_url).replace("https", "http"))


@pytest.mark.slow
def test_any_of_two_workers_tells_the_requests_of_both(home: Path) -> None:
    with _served(home, "--workers", "2") as client:
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
