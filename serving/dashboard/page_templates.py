"""Owns how pages are made: templates, their filters, and the headers that every page carries."""

from importlib.resources import files
from pathlib import Path

from fastapi.templating import Jinja2Templates

FOLDER = Path(str(files("serving"))) / "dashboard"
# Everything comes from this server, and nothing inline runs.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

templates = Jinja2Templates(directory=str(FOLDER / "templates"))
templates.env.filters["dollars"] = lambda amount: f"${amount:,.0f}"
templates.env.filters["percent"] = lambda rate: "–" if rate is None else f"{rate * 100:.1f} %"
templates.env.filters["words"] = lambda name: name.replace("_", " ")
