"""Owns files in, and models."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile

from claims.history.ingest import ingest_paths
from claims.history.receipt import FileReceipt
from models.registered import CHALLENGER, CHAMPION
from serving.api.answers import ModelOut, ReceiptOut, RejectedOut
from serving.api.scoring_routes import state_of
from serving.bundles import InstalledBundle
from serving.errors import RefusedInput
from serving.shadow import read_live
from serving.state import ServiceState

router = APIRouter()


@router.post("/v1/files", tags=["files"])
async def upload_files(request: Request, uploads: Annotated[list[UploadFile], File(alias="files")]) -> list[ReceiptOut]:
    """Ingest 837, 835, 277CA, 999 and CSV files. The same file twice changes nothing; the receipt says what was new."""
    state = state_of(request)
    receipts = await _ingest(state, uploads)
    if any(receipt.accepted for receipt in receipts):
        await asyncio.to_thread(state.refresh_history)
    return [_receipt(receipt) for receipt in receipts]


async def _ingest(state: ServiceState, uploads: list[UploadFile]) -> list[FileReceipt]:
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for number, upload in enumerate(uploads):
            # A folder of its own per upload keeps two files of one name apart, and the client's name out of the path's folders.
            folder = Path(scratch) / str(number)
            folder.mkdir()
            path = folder / (Path(upload.filename or "upload").name or "upload")
            await _spool(upload, path, limit=state.settings.most_body_bytes)
            paths.append(path)
        return await asyncio.to_thread(ingest_paths, paths, home=state.settings.home, now=datetime.now(UTC))


async def _spool(upload: UploadFile, path: Path, *, limit: int) -> None:
    size = 0
    with path.open("wb") as handle:
        while part := await upload.read(1024 * 1024):
            size += len(part)
            if size > limit:
                raise RefusedInput(f"{path.name}: expected at most {limit} bytes, got more")
            handle.write(part)


def _receipt(receipt: FileReceipt) -> ReceiptOut:
    return ReceiptOut(
        file=receipt.file,
        kind=receipt.kind,
        unit=receipt.unit,
        accepted=receipt.accepted,
        refused=receipt.refused,
        already_known=receipt.already_known,
        rejections=[RejectedOut.of(rejection) for rejection in receipt.rejections],
    )


@router.get("/v1/models", tags=["models"])
async def list_models(request: Request) -> list[ModelOut]:
    """List the models in service with their metrics and cards, and the challenger with how it did on live outcomes."""
    return await asyncio.to_thread(models_of, state_of(request))


def models_of(state: ServiceState) -> list[ModelOut]:
    """Read the models in service, champions first; blocks."""
    serving, challenger = state.serving, state.shadow.challenger
    found = [_model(one, CHAMPION) for one in (serving.denial_risk, serving.appeal_success) if one is not None]
    if challenger is not None:
        live = read_live(state.settings.home, challenger.bundle.name, serving.denial_risk, challenger)
        found.append(_model(challenger, CHALLENGER).model_copy(update={"live": live}))
    return found


@router.post("/v1/models/reload", tags=["models"])
async def reload_models(request: Request) -> list[ModelOut]:
    """Take up the champions of the model registry; a bundle that does not verify is refused and the old one keeps serving."""
    state = state_of(request)
    await asyncio.to_thread(state.reload_models)
    return await list_models(request)


def _model(installed: InstalledBundle, role: str) -> ModelOut:
    bundle = installed.bundle
    return ModelOut(
        name=bundle.name,
        role=role,
        version=bundle.version,
        registry_version=installed.registry_version,
        data_version=bundle.data_version,
        metrics=dict(bundle.metrics),
        card=bundle.card,
    )
