"""What the tutorials tell their readers to type: the fenced `bash` blocks of a page, in order."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(sorted(path for path in (ROOT / "docs/tutorials").glob("*.md") if path.stem != "index"))
SERVE = "denials serve"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def script_of(page: Path) -> str:
    """Join a page's blocks into one script, as a reader types them into one shell; the service stands in another."""
    lines = "\n".join(_BLOCK.findall(page.read_text(encoding="utf-8"))).replace("\\\n", " ").splitlines()
    return "\n".join(line for line in lines if not line.startswith(SERVE))


def is_served(page: Path) -> bool:
    """Tell whether the page has its reader start the service."""
    return any(SERVE in block for block in _BLOCK.findall(page.read_text(encoding="utf-8")))
