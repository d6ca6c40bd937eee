"""Tokens of an issuer that the test plays itself: real keys, real signatures, a key set over HTTP."""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from claims.home import Home
from serving.security.errors import NotAuthenticated, TokenTrouble
from serving.security.jwks import LEAST_BETWEEN, KeySet, jwks_source
from serving.security.oidc import IssuerSettings, TokenVerifier
from serving.security.roles import Role
from tests.serving.security.services import NOW, caller, service

ISSUER, AUDIENCE = "https://login.example/realm", "denials"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_PEM = RSA_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_set(**keys: Any) -> bytes:
    rows = []
    for kid, key in keys.items():
        maker = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        rows.append(json.loads(maker.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"})
    return json.dumps({"keys": [{"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}, *rows]}).encode()


class Issuer:
    """Counts how often it is asked, and can fail."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked, self.fails = body, 0, False

    def fetch(self) -> bytes:
        self.asked += 1
        if self.fails:
            raise TokenTrouble("the issuer does not answer")
        return self.body


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(key_set(one=RSA_KEY, two=EC_KEY))


@pytest.fixture
def verifier(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(settings(), KeySet(issuer.fetch))


def settings(**changes: Any) -> IssuerSettings:
    values = {"issuer": ISSUER, "audience": AUDIENCE, "roles_claim": "realm_access.roles", "name_claim": "preferred_username"}
    return IssuerSettings(**(values | {"role_names": {"billing-team": Role.BILLER}} | changes))


def claims(**changes: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    usual = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-17", "iat": at, "exp": at + 300, "preferred_username": "ann",
        "realm_access": {"roles": ["billing-team", "something else"]},
    }  # fmt: skip
    return {name: value for name, value in (usual | changes).items() if value is not None}


def token(key: Any = RSA_KEY, *, kid: str | None = "one", algorithm: str = "RS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.mark.parametrize(("key", "kid", "algorithm"), [(RSA_KEY, "one", "RS256"), (EC_KEY, "two", "ES256")])
def test_token_of_the_issuer_is_believed(verifier: TokenVerifier, key: Any, kid: str, algorithm: str) -> None:
    known = verifier.verify(token(key, kid=kid, algorithm=algorithm), now=NOW)
    assert (known.identity.name, known.identity.roles) == ("ann", {Role.BILLER})
    assert known.until == NOW + timedelta(seconds=330)


def hand_made(header: dict[str, Any], secret: bytes | None) -> str:
    """Sign as no honest library would."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims()).encode())}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256')) if secret else ''}"


@pytest.mark.parametrize(
    "forged",
    [
        hand_made({"alg": "none", "kid": "one"}, None),
        hand_made({"alg": "None", "kid": "one"}, None),
        hand_made({"alg": "HS256", "kid": "one"}, PUBLIC_PEM),
        hand_made({"alg": "RS256", "kid": "one"}, PUBLIC_PEM),
        hand_made({"alg": "HS256", "kid": "secret"}, b"secret"),
        hand_made({"alg": "RS256", "kid": "one", "jwk": {"kty": "oct", "k": "c2VjcmV0"}}, b"secret"),
        token(OTHER_RSA_KEY),
        token(kid="two"),  # an RSA signature that names the EC key
        token(EC_KEY, kid="one", algorithm="ES256"),
        token(algorithm="RS512"),
        token(algorithm="PS256"),
        token(kid="three"),
        token(kid=None),  # two keys: a token must say which
        token()[:-4] + "AAAA",
        "a.b.c",
        "",
    ],
    ids=lambda text: text[:16],
)
def test_forged_token_is_refused(verifier: TokenVerifier, forged: str) -> None:
    with pytest.raises(NotAuthenticated):
        verifier.verify(forged, now=NOW)


AT = int(NOW.timestamp())


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://login.example/other"}, {"aud": "another service"}, {"aud": None}, {"iss": None}, {"sub": None},
        {"exp": None}, {"iat": None}, {"exp": AT - 30}, {"iat": AT + 31}, {"nbf": AT + 31}, {"exp": "soon"}, {"exp": True},
        {"exp": 1e300},
    ],
    ids=str,
)  # fmt: skip
def test_token_that_is_not_for_us_or_not_for_now_is_refused(verifier: TokenVerifier, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        verifier.verify(token(**wrong), now=NOW)


@pytest.mark.parametrize("slow", [{"exp": AT - 29}, {"iat": AT + 30}, {"nbf": AT + 30}, {"aud": ["others", AUDIENCE]}], ids=str)
def test_clock_of_the_issuer_may_differ_a_little(verifier: TokenVerifier, slow: dict[str, Any]) -> None:
    assert verifier.verify(token(**slow), now=NOW).identity.name == "ann"


def test_names_and_roles_come_from_the_claims_that_were_named(issuer: Issuer) -> None:
    verifier = TokenVerifier(settings(roles_claim="https://denials.example/roles", name_claim="sub"), KeySet(issuer.fetch))
    known = verifier.verify(token(**{"https://denials.example/roles": "scorer auditor nothing"}), now=NOW)
    assert (known.identity.name, known.identity.roles) == ("u-17", {Role.SCORER, Role.AUDITOR})


@pytest.mark.parametrize(
    "wrong", [{"skew": timedelta(hours=1)}, {"algorithms": ("HS256",)}, {"algorithms": ()}, {"audience": ""}]
)
def test_settings_that_would_believe_too_much_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TokenTrouble):
        settings(**wrong)


def test_new_key_is_taken_up_and_strangers_do_not_make_us_ask_each_time(issuer: Issuer, verifier: TokenVerifier) -> None:
    verifier.verify(token(), now=NOW)
    issuer.body = key_set(three=OTHER_RSA_KEY)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            verifier.verify(token(kid="four"), now=NOW)
    assert issuer.asked == 1
    later = NOW + LEAST_BETWEEN
    assert verifier.verify(token(OTHER_RSA_KEY, kid="three"), now=later).identity.name == "ann"
    assert issuer.asked == 2
    with pytest.raises(NotAuthenticated):  # withdrawn by the issuer
        verifier.verify(token(), now=later)


def test_keys_known_stay_in_use_while_the_issuer_is_away(issuer: Issuer, verifier: TokenVerifier) -> None:
    verifier.verify(token(), now=NOW)
    issuer.fails = True
    later = NOW + timedelta(hours=1)
    at = int(later.timestamp())
    assert verifier.verify(token(iat=at, exp=at + 60), now=later).identity.name == "ann"


def test_issuer_that_never_answered_is_a_trouble_and_no_refusal(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.fails = True
    with pytest.raises(TokenTrouble):
        verifier.verify(token(), now=NOW)


@pytest.mark.parametrize("where", ["http://login.example/keys", "ftp://login.example/keys", "data:,x"])
def test_keys_are_read_over_a_safe_way_alone(where: str) -> None:
    with pytest.raises(TokenTrouble):
        jwks_source(where)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', b"[" * 100_000]
)
def test_body_that_is_no_key_set_is_a_trouble(body: bytes) -> None:
    with pytest.raises(TokenTrouble):
        KeySet(lambda: body).find("one", "RS256", now=NOW)


@pytest.fixture
def jwks_url(issuer: Issuer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(issuer.fetch())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


def test_token_opens_the_real_app_for_its_roles(trained_home: Home, tmp_path: Path, jwks_url: str) -> None:
    from datetime import UTC, datetime

    at = int(datetime.now(UTC).timestamp())
    changes = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks": jwks_url, "oidc_roles_claim": "realm_access.roles"}
    with service(trained_home, tmp_path, **changes, oidc_role_names={"billing-team": "biller"}) as app:
        client = caller(app, token(iat=at, exp=at + 60))
        assert client.get("/v1/queue").status_code == 200
        assert client.post("/v1/models/reload").status_code == 403
        assert client.post("/v1/queue/next", json={}).json()["assigned_to"] == "u-17"
        assert caller(app, token(iat=at, exp=at - 60)).get("/v1/queue").status_code == 401
