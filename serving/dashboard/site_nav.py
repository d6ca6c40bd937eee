"""Owns the list of pages in the head of every page: one list, shown as far as the caller may open it."""

from dataclasses import dataclass

from fastapi import Request

from serving.api.caller import caller_of
from serving.security.access import access_table

# In the order shown. A page stands here once its route is there: it needs a row in access.toml too.
PAGES = {
    "/": "Overview",
    "/work": "Work",
    "/alerts": "Alerts",
    "/fixes": "Fixes",
    "/briefs": "Briefs",
    "/models": "Models",
    "/docs": "API",
}


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """One link. `current`: the value of aria-current; empty on other pages."""

    path: str
    title: str
    current: str


def nav_entries(request: Request) -> dict[str, object]:
    """Give the templates `nav`: the pages that the caller may open."""
    identity, here = caller_of(request).identity, request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    shown = []
    for path, title in PAGES.items():
        rule = access_table().find("GET", path)
        if rule is not None and rule.allows(identity):
            shown.append(NavEntry(path=path, title=title, current=_current(path, here)))
    return {"nav": shown}


def _current(path: str, here: str) -> str:
    """Tell the page itself from one below it, such as one item of the work."""
    if here == path:
        return "page"
    return "true" if path != "/" and here.startswith(f"{path}/") else ""
