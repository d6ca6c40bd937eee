"""Owns what a model is before it is made: the TOML spec, checked key by key. A spec holds no code and reads no data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from models.calibration import METHODS
from models.errors import SpecError

Parameter = bool | int | float | str
_SUBJECTS = ("claim", "denial")
Rule = TypeVar("Rule")


@dataclass(frozen=True, kw_only=True)
class FeatureRule:
    """Which columns: all of the subject's catalog or the named ones, less the excluded."""

    names: tuple[str, ...] = ()  # empty = the whole catalog
    exclude: tuple[str, ...] = ()
    monotone: bool = True  # constrain members to the direction that a feature declares
    foreign_gain: float = 1.0  # factor on the split gain of a feature that speaks for another cause than the member's


@dataclass(frozen=True, kw_only=True)
class CauseRule:
    """How causes become members. Without a `rest` there is one member, for the target itself."""

    rest: str = ""  # cause id that takes those with too few positives
    smallest_count: int = 30  # positives in the part that members are fitted on


@dataclass(frozen=True, kw_only=True)
class RoundRule:
    """How many boosting rounds: chosen on the rolling folds, where their summed log-loss is least."""

    least: int = 10  # where folds are small their least loss is noise: a floor keeps a member from being cut short by it
    most: int = 300
    patience: int = 40
    smallest_count: int = 15  # positives of a cause in the folds; with fewer, the rounds that suit all members together


@dataclass(frozen=True, kw_only=True)
class CalibrationRule:
    """Candidates in order of simplicity; a later one is taken when it lowers cross-validated log-loss by `worth`."""

    methods: tuple[str, ...] = METHODS
    worth: float = 0.0005


@dataclass(frozen=True, kw_only=True)
class SplitRule:
    """Parts by time, as fractions of the matured rows in order of their day."""

    test_fraction: float = 0.2  # the newest rows, held out
    fold_starts: tuple[float, ...] = (0.6, 0.8)  # rolling origins within the rows before the test part


@dataclass(frozen=True, kw_only=True)
class MaturityRule:
    """How old a submission must be before its outcome counts: a quantile of its payer's own answer lag."""

    quantile: float = 0.95
    smallest_count: int = 30  # answers of a payer; below, the quantile over all payers holds


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One model: what it predicts, from which columns, how it is fitted, calibrated and measured."""

    name: str
    title: str
    subject: str  # "claim": a row per submission; "denial": a row per appeal of a denial
    features: FeatureRule
    causes: CauseRule
    rounds: RoundRule
    calibration: CalibrationRule
    split: SplitRule
    maturity: MaturityRule
    lightgbm: Mapping[str, Parameter]

    @classmethod
    def load(cls, name_or_path: str | Path) -> "ModelSpec":
        """Read a spec that ships with the product by its name, or any file by its path.

        Raises: SpecError, naming the file and the key.
        """
        path = Path(name_or_path)
        if path.suffix != ".toml":
            shipped = files("models").joinpath(f"specs/{name_or_path}.toml")
            if not shipped.is_file():
                raise SpecError(f"spec {name_or_path}: expected one of {', '.join(shipped_specs())} or a .toml file, got neither")
            return read_spec(shipped.read_text(encoding="utf-8"), file=f"{name_or_path}.toml")
        if not path.is_file():
            raise SpecError(f"spec {path}: expected a file, got none")
        return read_spec(path.read_text(encoding="utf-8"), file=path.name)


def shipped_specs() -> tuple[str, ...]:
    """List the names of the specs that ship with the product."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in files("models").joinpath("specs").iterdir()))


def read_spec(text: str, *, file: str) -> ModelSpec:
    """Read a spec from TOML text. Raises: SpecError for unknown, missing or impossible keys."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{file}: expected TOML, got {error}") from None
    _refuse_unknown(table, {field.name for field in fields(ModelSpec)}, where=file)
    for key in ("name", "title", "subject"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise SpecError(f"{file}, {key}: expected text, got none")
    if table["subject"] not in _SUBJECTS:
        raise SpecError(f"{file}, subject: expected one of {', '.join(_SUBJECTS)}, got another word")
    spec = ModelSpec(
        name=table["name"],
        title=table["title"],
        subject=table["subject"],
        features=_section(FeatureRule(), table, "features", file=file),
        causes=_section(CauseRule(), table, "causes", file=file),
        rounds=_section(RoundRule(), table, "rounds", file=file),
        calibration=_section(CalibrationRule(), table, "calibration", file=file),
        split=_section(SplitRule(), table, "split", file=file),
        maturity=_section(MaturityRule(), table, "maturity", file=file),
        lightgbm=_lightgbm(table.get("lightgbm", {}), file=file),
    )
    _check(spec, file=file)
    return spec


def _section(default: Rule, table: Mapping[str, object], key: str, *, file: str) -> Rule:
    given = table.get(key, {})
    if not isinstance(given, dict):
        raise SpecError(f"{file}, [{key}]: expected a table, got a value")
    known = {name: getattr(default, name) for name in type(default).__annotations__}
    _refuse_unknown(given, set(known), where=f"{file}, [{key}]")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    for name, value in values.items():
        wanted = type(known[name])
        is_whole_number_for_fraction = wanted is float and type(value) is int
        if type(value) is not wanted and not is_whole_number_for_fraction:
            raise SpecError(f"{file}, [{key}] {name}: expected {wanted.__name__}, got {type(value).__name__}")
    return type(default)(**{**known, **values})


def _lightgbm(given: object, *, file: str) -> dict[str, Parameter]:
    if not isinstance(given, dict) or not all(isinstance(value, Parameter) for value in given.values()):
        raise SpecError(f"{file}, [lightgbm]: expected a table of numbers, words and flags")
    for key in ("deterministic", "force_row_wise"):
        if given.get(key) is not True:
            raise SpecError(f"{file}, [lightgbm] {key}: expected true, so that the same history gives the same model")
    return dict(given)


def _refuse_unknown(table: Mapping[str, object], known: set[str], *, where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise SpecError(f"{where}: expected keys out of {', '.join(sorted(known))}, got {unknown[0]}")


def _check(spec: ModelSpec, *, file: str) -> None:
    starts = spec.split.fold_starts
    if not 0 < spec.split.test_fraction < 1:
        raise SpecError(f"{file}, [split] test_fraction: expected between 0 and 1")
    if not starts or list(starts) != sorted(set(starts)) or not 0 < starts[0] <= starts[-1] < 1:
        raise SpecError(f"{file}, [split] fold_starts: expected rising fractions between 0 and 1")
    if not 0 < spec.maturity.quantile < 1:
        raise SpecError(f"{file}, [maturity] quantile: expected between 0 and 1")
    if not 0 < spec.rounds.least <= spec.rounds.most:
        raise SpecError(f"{file}, [rounds]: expected 0 < least <= most")
    unknown = [method for method in spec.calibration.methods if method not in METHODS]
    if unknown or not spec.calibration.methods:
        raise SpecError(f"{file}, [calibration] methods: expected some of {', '.join(METHODS)}")
