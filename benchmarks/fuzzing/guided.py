"""Fuzz one target led by coverage, with atheris: `python -m benchmarks.fuzzing.guided TARGET [libFuzzer's options]`.

atheris has wheels for Linux on x86-64 alone and is no dependency of ours: `pip install atheris` where it is wanted. Seeds and
corpus are those of `benchmarks.fuzzing`; half of the inputs are damaged by the rules that know the format, half by libFuzzer.
"""

import sys
import tempfile
from pathlib import Path
from random import Random

try:
    import atheris
except ImportError:
    sys.exit("benchmarks.fuzzing.guided: expected atheris, got none; pip install atheris (Linux, x86-64)")

with atheris.instrument_imports(include=["claims", "cli.claim_csv", "serving.api.claim_models"]):
    from benchmarks.fuzzing.seeds import corpus
    from benchmarks.fuzzing.targets import TARGETS


def main() -> None:
    """Run until libFuzzer's options say stop; a fault ends the run and leaves its input in the working folder."""
    target = next(one for one in TARGETS if one.name == sys.argv[1])

    def damage(data: bytes, largest: int, seed: int) -> bytes:
        if seed % 2:
            return bytes(atheris.Mutate(data, largest))
        return target.make(data, Random(seed))[:largest]  # noqa: S311  damage, no secret

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate([*target.seeds(), *corpus(target.name)]):
            (Path(folder) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], target.run, custom_mutator=damage)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
