"""The OpenAPI document is good enough to generate a client from: one is made and scores a claim.

The generator wants an older typer than this project, so that it stands in an environment of its own.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

ROOT = Path(__file__).resolve().parents[3]
SCORE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from denials_client import Client
from denials_client.api.scoring import score_claims_v1_claims_score_post as score
from denials_client.models import ClaimIn, ScoresOut
import httpx

answer = json.loads(open(sys.argv[3]).read())
sent = []

def reply(request):
    sent.append(json.loads(request.content))
    return httpx.Response(200, json=answer)

client = Client(base_url="http://x").set_httpx_client(httpx.Client(base_url="http://x", transport=httpx.MockTransport(reply)))
claim = json.loads(open(sys.argv[2]).read())
got = score.sync(client=client, body=ClaimIn.from_dict(claim))
assert isinstance(got, ScoresOut), type(got)
print(json.dumps({"sent": sent[0], "probability": got.scored[0].denial_probability}))
"""


CONFIG = """
project_name_override: denials-client
package_name_override: denials_client
post_hooks: []
content_type_overrides:
  application/edi-x12: application/octet-stream
"""
GENERATOR = os.environ.get("DENIALS_CLIENT_GENERATOR", "")


@pytest.mark.slow
@pytest.mark.skipif(not GENERATOR, reason="DENIALS_CLIENT_GENERATOR names no Python that has openapi-python-client")
def test_a_generated_client_scores_a_claim(trained_home: Home, tmp_path: Path) -> None:
    example = ROOT / "docs/examples/claim.json"
    shutil.copytree(trained_home.path, tmp_path / "home")
    with TestClient(create_app(Settings(home_path=tmp_path / "home", today=END))) as client:
        (tmp_path / "openapi.json").write_text(client.get("/openapi.json").text)
        (tmp_path / "answer.json").write_text(client.post("/v1/claims/score", content=example.read_bytes()).text)
    (tmp_path / "config.yml").write_text(CONFIG)
    made = subprocess.run(
        [GENERATOR, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--config", "config.yml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Unable to" not in made.stdout + made.stderr, made.stdout
    assert "WARNING" not in made.stdout.upper() + made.stderr.upper(), made.stdout
    (tmp_path / "score.py").write_text(SCORE)
    arguments = [GENERATOR, "score.py", str(tmp_path / "denials-client"), str(example), str(tmp_path / "answer.json")]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["sent"]["claim_id"] == "EXAMPLE-1"
    assert said["probability"] == json.loads((tmp_path / "answer.json").read_text())["scored"][0]["denial_probability"]
