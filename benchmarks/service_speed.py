"""Measure the service beside its peers: requests per second on one core, latency at half of that, batches, uploads, the start.

Run: python -m benchmarks.service_speed [--home HOME --claims FOLDER --bentoml PYTHON]. Without a home it simulates and trains.
Each server has one worker on one core, the load comes from another; servers take turns in a run, the median of the turns counts.
Claims are those of the home's own 837 files that have 5 lines. `--bentoml` names the Python of an environment that has BentoML.
Without it that peer is left out. The figures are kept in benchmarks/results/service_speed.json.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.http_load import Load, ask_once, at_rate, request_bytes, saturate
from benchmarks.service_app import NO_OP
from benchmarks.service_claims import json_claim, read_claims
from benchmarks.service_peers import BENTO, mlflow_body, write_mlflow_model
from claims.history.ingest import ingest_paths
from claims.home import Home
from simulator import simulate
from training.pipeline import train_model

SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS, PEER_CONNECTIONS, TURN_SECONDS, TURNS = 32, 8, 3.0, 5
LINES, BATCH_CLAIMS = 5, 10_000
WORLD_CLAIMS, WORLD_MONTHS, SEED, WORLD_START = 12_000, 18, 1, date(2024, 1, 1)
RESULTS = Path(__file__).parent / "results" / "service_speed.json"
READY_SECONDS = 180
# Without keys: the door's work with one is microseconds, and the limit of requests per key is not what is measured.
ENVIRONMENT = {
    "DENIALS_AUTHENTICATION": "off",
    "OMP_NUM_THREADS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "BENTOML_DO_NOT_TRACK": "true",
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One call that is measured."""

    name: str
    port: int
    process: int  # of the server; those that it starts count too
    requests: Sequence[bytes]
    connections: int = CONNECTIONS


def measure_calls(targets: Sequence[Target], *, turns: int) -> tuple[dict[str, float], dict[str, float]]:
    """Give each call's median requests per second, and those that its server's CPU time would allow on a core of its own.

    Every turn asks all calls, one after the other. On a machine that others use the second figure is the steadier one.
    """
    rates: dict[str, list[float]] = {target.name: [] for target in targets}
    alone: dict[str, list[float]] = {target.name: [] for target in targets}
    for target in targets:
        saturate(target.port, target.requests, connections=target.connections, seconds=1.0)
    for _ in range(turns):
        for target in targets:
            began = cpu_seconds(target.process)
            load = saturate(target.port, target.requests, connections=target.connections, seconds=TURN_SECONDS)
            _refuse_failures(target.name, load)
            rates[target.name].append(load.rate)
            alone[target.name].append(len(load.latencies) / (cpu_seconds(target.process) - began))
    return _medians(rates), _medians(alone)


def cpu_seconds(root: int) -> float:
    """Add up the CPU time of a process and all that descend from it."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        process = int(path.parent.name)
        parents[process], ticks[process] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {root}
    while grown := {process for process, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(ticks.get(process, 0) for process in family) / os.sysconf("SC_CLK_TCK")


def _medians(found: dict[str, list[float]]) -> dict[str, float]:
    return {name: round(statistics.median(figures), 1) for name, figures in found.items()}


def measure_latency(target: Target, *, rate: float, turns: int) -> dict[str, float]:
    """Give the median over turns of each quantile of the latency at a steady rate, in milliseconds."""
    loads = [at_rate(target.port, target.requests, rate=rate, seconds=2 * TURN_SECONDS) for _ in range(turns)]
    for load in loads:
        _refuse_failures(target.name, load)
    return {
        f"p{round(100 * share)}_ms": round(statistics.median(load.quantile(share) for load in loads), 2)
        for share in (0.5, 0.95, 0.99)
    }


def measure_whole(port: int, request: bytes, raw: Callable[[], float], *, turns: int) -> dict[str, float]:
    """Time one long request and, in turn, the raw work in a process of its own; gives medians in seconds."""
    asked, worked = [], []
    for _ in range(turns):
        status, took = ask_once(port, request)
        if status != 200:
            raise RuntimeError(f"long request: expected status 200, got {status}")
        asked.append(took)
        worked.append(raw())
    return {"request_seconds": round(statistics.median(asked), 3), "raw_seconds": round(statistics.median(worked), 3)}


def measure_start(environment: dict[str, str], port: int) -> float:
    """Start `denials serve` and give the seconds until it says that it is ready."""
    began = time.perf_counter()
    with _server([sys.executable, "-m", "cli.main", "serve", "--port", str(port)], port, "/readyz", environment, ENVIRONMENT):
        return round(time.perf_counter() - began, 2)


def measure(home: Path, files: Path, *, today: date, bentoml: str | None, turns: int = TURNS) -> dict[str, object]:
    """Start everything and measure it."""
    claims = [claim for claim in read_claims(files) if len(claim.lines) == LINES]
    bodies = [json_claim(claim) for claim in claims]
    upload = max(files.iterdir(), key=lambda path: path.stat().st_size)
    environment = {"DENIALS_HOME": str(home), "DENIALS_TODAY": today.isoformat(), "DENIALS_HISTORY_POLL_SECONDS": "0"}
    start = {"start_cold_seconds": measure_start(environment, 8101), "start_seconds": measure_start(environment, 8101)}
    os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        app = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.service_app:create_measured_app", "--port", "8102"]
        process = stack.enter_context(_server([*app, "--no-access-log"], 8102, "/readyz", environment, ENVIRONMENT))
        targets = [
            Target(name=name, port=8102, process=process, requests=_requests(path, bodies)) for name, path in _CALLS.items()
        ]
        targets += _start_peers(stack, environment, bodies, bentoml=bentoml)
        rates, alone = measure_calls(targets, turns=turns)
        print(json.dumps(alone, indent=1), flush=True)
        explained = next(target for target in targets if target.name == "score + root causes")
        latency = measure_latency(explained, rate=rates[explained.name] / 2, turns=turns)
        many = b"[" + b",".join(bodies[at % len(bodies)] for at in range(BATCH_CLAIMS)) + b"]"
        batch = measure_whole(
            8102, request_bytes("/v1/claims/score?fixes=false", many), _raw(environment, "batch", many), turns=turns
        )
        body = upload.read_bytes()
        x12 = request_bytes("/v1/claims/score/x12", body, content_type="application/edi-x12")
        uploaded = measure_whole(8102, x12, _raw(environment, "upload", body), turns=turns)
    peers = {name: alone["score + root causes"] / rate for name, rate in alone.items() if name.endswith("SHAP")}
    return {
        "claims": len(claims),
        "load_average": round(os.getloadavg()[0], 1),
        "requests_per_second": rates,
        "requests_per_cpu_second": alone,
        "score_share_of_no_op": round(alone["score"] / alone["no-op"], 3),
        "causes_over_peers": {name: round(ratio, 1) for name, ratio in peers.items()},
        "latency_at_half_rate": latency,
        "batch_of_10000": batch | {"ratio": round(batch["request_seconds"] / batch["raw_seconds"], 2)},
        "upload": uploaded | {"share_of_parse_and_score": round(uploaded["raw_seconds"] / uploaded["request_seconds"], 2)},
        **start,
    }


_CALLS = {
    "no-op": NO_OP,
    "score": "/v1/claims/score?detail=score",
    "score + root causes": "/v1/claims/score?fixes=false",
    "score + root causes + fixes": "/v1/claims/score",
}


def _requests(path: str, bodies: Sequence[bytes]) -> list[bytes]:
    return [request_bytes(path, body) for body in bodies]


def _start_peers(stack: ExitStack, environment: dict[str, str], bodies: Sequence[bytes], *, bentoml: str | None) -> list[Target]:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    plain = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.service_peers:create_peer_app", "--port", "8103"]
    process = stack.enter_context(_server([*plain, "--no-access-log"], 8103, "/ping", environment, ENVIRONMENT))
    found = [Target(name="FastAPI, prediction + SHAP", port=8103, process=process, requests=_requests("/score", bodies))]
    write_mlflow_model(folder / "model")
    serve = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder / "model"), "--env-manager", "local"]
    process = stack.enter_context(_server([*serve, "-p", "8104", "-w", "1"], 8104, "/ping", environment, ENVIRONMENT))
    wrapped = [request_bytes("/invocations", mlflow_body(body)) for body in bodies]
    found.append(Target(name="MLflow, prediction + SHAP", port=8104, process=process, requests=wrapped))
    if bentoml:
        (folder / "service.py").write_text(BENTO, encoding="utf-8")
        path = {"PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", str(Path.cwd()))))}
        bento = [bentoml, "-m", "bentoml", "serve", "service:Denials", "--port", "8105"]
        process = stack.enter_context(_server(bento, 8105, "/readyz", environment | path, ENVIRONMENT, folder=folder))
        wrapped = [request_bytes("/score", b'{"claim": ' + body + b"}") for body in bodies]
        found.append(Target(name="BentoML, prediction + SHAP", port=8105, process=process, requests=wrapped))
    return [replace(one, connections=PEER_CONNECTIONS) for one in found]


@contextmanager
def _server(
    command: Sequence[str], port: int, ready: str, *environments: dict[str, str], folder: Path | None = None
) -> Iterator[int]:
    """Run a server on its core until the block ends; waits until it answers. Gives its process."""
    environment = dict(os.environ)
    for one in environments:
        environment |= one
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    with subprocess.Popen(pinned, env=environment, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            _wait(process, f"http://127.0.0.1:{port}{ready}")
            yield process.pid
        finally:
            os.killpg(process.pid, 15)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    end = time.perf_counter() + READY_SECONDS
    while time.perf_counter() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  an address of this machine
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"server at {url}: expected an answer within {READY_SECONDS} s, got none")


def _raw(environment: dict[str, str], kind: str, body: bytes) -> Callable[[], float]:
    """Make a call that times the raw work on the server's core, in a process that has everything loaded."""

    def work() -> float:
        command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "benchmarks.service_raw", kind]
        done = subprocess.run(command, input=body, env=os.environ | environment | ENVIRONMENT, capture_output=True, check=True)
        return float(done.stdout)

    return work


def _refuse_failures(name: str, load: Load) -> None:
    if load.failed:
        raise RuntimeError(f"{name}: expected status 200 of every request, got another from {load.failed}")


def _trained_home(folder: Path) -> Path:
    simulate(folder / "world", claims=WORLD_CLAIMS, months=WORLD_MONTHS, seed=SEED, start=WORLD_START)
    home = Home(folder / "home")
    ingest_paths([folder / "world"], home=home, now=datetime.now(UTC))
    train_model("denial_risk", home=home, now=datetime.now(UTC))
    return folder / "home"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--claims", type=Path, help="a folder of 837 files")
    parser.add_argument("--today", type=date.fromisoformat, default=date(2025, 7, 1))
    parser.add_argument("--bentoml", help="the Python of an environment with BentoML")
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a stop from outside stops the servers too
    with TemporaryDirectory() as folder:
        home = given.home or _trained_home(Path(folder))
        files = given.claims or Path(folder) / "world" / "files" / "837"
        figures = measure(home.resolve(), files, today=given.today, bentoml=given.bentoml, turns=given.turns)
    text = json.dumps(figures, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
