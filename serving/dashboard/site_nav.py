"""Owns the list of pages in the head of every page: one list, shown as far as the caller may open it."""

from dataclasses import dataclass

from fastapi import Request

from serving.api.caller import caller_of
from serving.security.access import access_table

# In the order shown. A page stands here once its route is there: it needs a row in access.toml too.
PAGES = {
    "/": "Overview",
    "/work": "Work",
    "/causes": "Causes",
    "/payers": "Payers",
    "/recovery": "Recovery",
    "/alerts": "Alerts",
    "/fixes": "Fixes",
    "/briefs": "Briefs",
    "/models": "Models",
    "/admin": "Admin",
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
    here = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    shown = [path for path in PAGES if may_call(request, "GET", path)]
    return {"nav": [NavEntry(path=path, title=PAGES[path], current=_current(path, here)) for path in shown]}


def may_call(request: Request, method: str, path: str) -> bool:
    """Tell whether the access table allows a call to who reads this page."""
    rule = access_table().find(method, path)
    return rule is not None and rule.allows(caller_of(request).identity)


def _current(path: str, here: str) -> str:
    """Tell the page itself from one below it, such as one item of the work."""
    if here == path:
        return "page"
    return "true" if path != "/" and here.startswith(f"{path}/") else ""
