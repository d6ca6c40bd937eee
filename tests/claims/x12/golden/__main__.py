"""Write the .json beside each golden file anew: `python -m tests.claims.x12.golden`. Review the difference by eye."""

from tests.claims.x12.golden.batch_json import GOLDEN_FILES, as_json

for path in GOLDEN_FILES:
    path.with_name(f"{path.name}.json").write_text(as_json(path), encoding="utf-8")
