"""Owns `denials score`: files in, scores out, part by part, so that memory does not grow with the claims."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from claims.errors import Rejection, UnreadableFile
from claims.history.files import list_files
from claims.history.store import HistoryStore
from claims.privacy import load_or_create_key
from claims.score_log.log import ScoreLog
from claims.x12 import unpack
from cli.scored_part import Files, Job, Scored, score_part
from cli.scores_out import refuse_other_suffix, written
from cli.workers import Part, Workers
from serving.bundles import DENIAL_RISK, champion_files
from serving.scoring import Depth
from serving.settings import Settings

PART_BYTES = 2 * 1024 * 1024  # of files that go to a worker together: some thousand claims
LOGGED_AT_ONCE = 20_000  # rows: every commit of the score log costs the same
_ADVICE_SETTINGS = {
    "review_minutes",
    "minute_cost",
    "rework_cost",
    "unrecovered_share",
    "prevented_share",
    "least_relief",
    "clean_probability",
}


@dataclass(frozen=True, kw_only=True)
class FilesScored:
    """How many claims were scored and what was refused."""

    scored: int
    rejected: tuple[Rejection, ...]


def score_files(
    paths: Sequence[Path],
    out: Path,
    *,
    settings: Settings,
    as_of: date | None,
    workers: Workers,
    depth: Depth = Depth.FIXES,
    pictures: Path | None = None,
    seen: Callable[[Sequence[str]], None],
    progress: Callable[[int, int], None],
) -> FilesScored:
    """Score every claim of 837 files and folders into `out`, with a picture of each in the folder `pictures` if one is named.

    `seen` gets the ids of each part's claims once they are scored.

    Raises: NoModel, NoHistory, RefusedInput, UnreadableFile, NoCluster.
    """
    refuse_other_suffix(out)
    job = _job(settings, as_of=as_of, depth=depth, is_told=out.suffix == ".jsonl", is_drawn=pictures is not None)
    intake = _Intake(list_files(paths), progress)
    count, rejected = 0, list[Rejection]()
    log = _Log(ScoreLog(settings.home.history_uri))
    with written(out) as write:
        for part in workers.each(score_part, intake.parts(workers.share(job))):
            write(part["rows"])
            log.add(part)
            if pictures is not None:
                _keep(part["pictures"], pictures, first=count + 1)
            seen([str(row["claim_id"]) for row in part["rows"]])
            count += len(part["rows"])
            rejected += [Rejection(**facts) for facts in part["rejected"]]  # type: ignore[arg-type]
        log.flush()
    return FilesScored(scored=count, rejected=(*intake.rejected, *rejected))


def _job(settings: Settings, *, as_of: date | None, depth: Depth, is_told: bool, is_drawn: bool) -> Job:
    home = settings.home
    return Job(
        run=uuid4().hex,
        bundle=champion_files(home, DENIAL_RISK),
        history_uri=home.history_uri,
        history_version=HistoryStore(home.history_uri).version(),
        costs=settings.model_dump(include=_ADVICE_SETTINGS),
        person_key=load_or_create_key(home.person_key),
        as_of=as_of,
        today=settings.current_day(),
        depth=int(depth),
        is_told=is_told,
        is_drawn=is_drawn,
        is_logged=settings.score_log,
    )


class _Intake:
    """Opens files one by one and gathers them into parts."""

    def __init__(self, listed: Sequence[Path], progress: Callable[[int, int], None]) -> None:
        self._listed = listed
        self._progress = progress
        self.rejected: list[Rejection] = []

    def parts(self, job: object) -> Iterator[Part]:
        """Give the arguments of `score_part`."""
        for number, files in enumerate(self._gathered()):
            yield job, number, files

    def _gathered(self) -> Iterator[Files]:
        files: list[tuple[str, bytes]] = []
        size = 0
        for done, path in enumerate(self._listed, start=1):
            for name, data in self._opened(path):
                files.append((name, data))
                size += len(data)
                if size >= PART_BYTES:
                    yield files
                    files, size = [], 0
            self._progress(done, len(self._listed))
        if files:
            yield files

    def _opened(self, path: Path) -> Iterator[tuple[str, bytes]]:
        try:
            yield from unpack(path)
        except UnreadableFile as error:
            refusal = Rejection(file=path.name, position=0, place="file", expected="an 837 or a claims CSV", got=error.got)
            self.rejected.append(refusal)


class _Log:
    """Gathers rows of the score log into few commits."""

    def __init__(self, log: ScoreLog) -> None:
        self._log = log
        self._waiting: list[pa.Table] = []

    def add(self, part: Scored) -> None:
        if part["log"] is not None:
            self._waiting.append(part["log"])
        if sum(table.num_rows for table in self._waiting) >= LOGGED_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._log.append(pa.concat_tables(self._waiting))
        self._waiting = []


def _keep(pictures: Sequence[tuple[str, str]], folder: Path, *, first: int) -> None:
    """Write NUMBER-CLAIM.svg for each claim, numbered as in the scores; what a file name may not hold becomes "_"."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (claim_id, drawn) in enumerate(pictures, start=first):
        name = re.sub(r"[^A-Za-z0-9-]", "_", claim_id)
        (folder / f"{number:06d}-{name}.svg").write_text(drawn, encoding="utf-8")
