"""Owns the API's reference at /docs and what is served as it is: styles and scripts from here, nothing from outside."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from serving.dashboard.page_templates import FOLDER, HEADERS, templates
from serving.dashboard.reference import operations

_STATIC = {
    "page.css": ("page.css", "text/css"),
    "claim.css": ("claim.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "work.js": ("work.js", "text/javascript"),
    "tables.js": ("tables.js", "text/javascript"),
    "example.837": ("example.837", "text/plain"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}


def router() -> APIRouter:
    """Make the routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/docs", response_class=HTMLResponse)
    async def reference(request: Request) -> HTMLResponse:
        document = request.app.openapi()
        context = {"document": document, "groups": operations(document)}
        return templates.TemplateResponse(request, "reference.html", context, headers=HEADERS)

    @made.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        if name not in _STATIC:
            raise HTTPException(404)
        file, media_type = _STATIC[name]
        return FileResponse(FOLDER / "static" / file, media_type=media_type, headers={"Cache-Control": "no-cache"})

    return made
