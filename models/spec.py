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
_SUBJECTS = ("claim", "denial", "table")
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
class LinearRule:
    """A ridge logistic regression beside the trees, on the log-odds scale. With a weight of 0 there is none."""

    weight: float = 0.0  # of its margin in the member's; the trees have the rest
    inverse_penalty: float = 0.01  # scikit-learn's C, on columns scaled to unit deviation
    smallest_scale: float = 0.0  # no column is scaled up beyond this deviation: keeps flags of rare levels from running wild
    # Prior standard deviation of a weight per unit of its column, where knowledge says more than one penalty for all; a name
    # that ends in * stands for all columns that begin so. With `only_named` the others get no weight.
    deviations: tuple[tuple[str, float], ...] = ()
    only_named: bool = False


@dataclass(frozen=True, kw_only=True)
class RecencyRule:
    """How fast old rows lose weight: the age in days at which a row counts half. 0 = all rows alike."""

    boosted_half_life_days: float = 0.0
    linear_half_life_days: float = 0.0


@dataclass(frozen=True, kw_only=True)
class NewcomerRule:
    """How members learn what to make of a payer that no history knows."""

    share: float = 0.0  # of the rows that are learnt from a second time, as if their payer were new; claims only


PREVENTED_METHODS = ("ignore", "exclude", "score", "balance")


@dataclass(frozen=True, kw_only=True)
class PreventedRule:
    """What to make of claims that were acted on because of a score (`training.prevented`); claims only."""

    method: str = "exclude"  # what was flagged; "ignore" the log; draw by the "score", or by the "balance" of all scores
    least_told: float = 0.1  # share of flagged claims changed, held or reported on, below which nobody follows advice
    most: float = 0.9  # chance at most, on average, that a mended claim would have been denied


@dataclass(frozen=True, kw_only=True)
class CalibrationRule:
    """Candidates in order of simplicity; a later one is taken when it lowers cross-validated log-loss by `worth`."""

    methods: tuple[str, ...] = METHODS
    worth: float = 0.0005
    recent_days: int = 0  # only scores from the last days before the end of the folds count; 0 = all of them


@dataclass(frozen=True, kw_only=True)
class ConfidenceRule:
    """How wide intervals are, and which rows are unfamiliar; with a spread of 0 a model gives neither (`training.confidence`)."""

    level: float = 0.8  # share of rows whose true probability the interval is to hold
    spread: float = 0.0  # standard deviation of the true log-hazard around the predicted one, at 2,000 positives
    count_power: float = 0.0  # the spread falls with this power of the positives learned from
    hazard_scale: float = 1.0  # factor on the spread at a hazard of 1
    hazard_slope: float = 0.0  # what an e-fold of the hazard adds to that factor
    unfamiliar_factor: float = 1.0  # on the spread of unfamiliar rows
    hidden_factor: float = 1.0  # on the odds: what reasons that no column shows may hide of denials nobody appeals; 1 = nothing
    unfamiliar: tuple[tuple[str, float, str], ...] = ()  # column, the count below which a row is unfamiliar, in plain words


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
class TableRule:
    """What the columns of a stranger's flat table are. A column that is not named is not used."""

    target: str = ""
    positive: tuple[str, ...] = ()  # cells of `target` that count as positive; empty = it holds 0/1 or false/true
    time: str = ""  # year or date on which a row is scored: the split, the folds and the rates go by it
    known: str = ""  # date on which its outcome was known; empty = on the day of `time`
    id: str = ""  # names a row across tables; kept as a keyed hash
    amount: str = ""  # dollars at stake
    segment: str = ""  # figures are also reported by it
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    crosses: tuple[tuple[str, ...], ...] = ()  # categorical columns whose joint levels get flags too
    rates: tuple[tuple[str, ...], ...] = ()  # groups to learn the target's rate by; parents first
    leak_suspects: tuple[str, ...] = ()  # known only after the outcome: left out
    allow: tuple[str, ...] = ()  # nearly determine the target, and the analyst has judged that they may
    boosted_groups: bool = True  # the trees see flags and rates too; else only the linear part does, and they see the codes
    smallest_level: int = 20  # rows; a rarer level of a categorical column gets no flag of its own
    half_life_days: float = 0.0  # of an outcome in the rates; 0 = all count alike
    prior_rows: float = 10.0  # a rate weighs its own rows against this many at its parent's rate


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One model: what it predicts, from which columns, how it is fitted, calibrated and measured."""

    name: str
    title: str
    subject: str  # "claim": a row per submission; "denial": a row per appeal of a denial; "table": a row of a flat table
    features: FeatureRule
    causes: CauseRule
    rounds: RoundRule
    linear: LinearRule
    recency: RecencyRule
    newcomers: NewcomerRule
    prevented: PreventedRule
    calibration: CalibrationRule
    confidence: ConfidenceRule
    split: SplitRule
    maturity: MaturityRule
    lightgbm: Mapping[str, Parameter]
    table: TableRule

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


def history_specs() -> tuple[str, ...]:
    """List the shipped specs that learn from a practice's own history; the others are examples for flat tables."""
    return tuple(name for name in shipped_specs() if ModelSpec.load(name).subject != "table")


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
        linear=_section(LinearRule(), table, "linear", file=file),
        recency=_section(RecencyRule(), table, "recency", file=file),
        newcomers=_section(NewcomerRule(), table, "newcomers", file=file),
        prevented=_section(PreventedRule(), table, "prevented", file=file),
        calibration=_section(CalibrationRule(), table, "calibration", file=file),
        confidence=_section(ConfidenceRule(), table, "confidence", file=file),
        split=_section(SplitRule(), table, "split", file=file),
        maturity=_section(MaturityRule(), table, "maturity", file=file),
        lightgbm=_lightgbm(table.get("lightgbm", {}), file=file),
        table=_section(TableRule(), table, "table", file=file),
    )
    _check(spec, file=file)
    return spec


def _section(default: Rule, table: Mapping[str, object], key: str, *, file: str) -> Rule:
    given = table.get(key, {})
    if not isinstance(given, dict):
        raise SpecError(f"{file}, [{key}]: expected a table, got a value")
    known = {name: getattr(default, name) for name in type(default).__annotations__}
    _refuse_unknown(given, set(known), where=f"{file}, [{key}]")
    values = {name: _frozen(value) for name, value in given.items()}
    for name, value in values.items():
        wanted = type(known[name])
        is_whole_number_for_fraction = wanted is float and type(value) is int
        if type(value) is not wanted and not is_whole_number_for_fraction:
            raise SpecError(f"{file}, [{key}] {name}: expected {wanted.__name__}, got {type(value).__name__}")
    return type(default)(**{**known, **values})


def _frozen(value: object) -> object:
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value


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


def _check_table(rule: TableRule, *, file: str) -> None:
    for key in ("target", "time"):
        if not getattr(rule, key):
            raise SpecError(f"{file}, [table] {key}: expected the name of a column, got none")
    used = (*rule.numeric, *rule.categorical, *rule.dates)
    if not used:
        raise SpecError(f"{file}, [table]: expected columns under numeric, categorical or dates, got none")
    twice = [column for column in used if used.count(column) > 1 or column in (rule.target, rule.known, rule.id)]
    if twice:
        raise SpecError(f"{file}, [table]: expected {twice[0]} under one key, got it under more")
    for key in ("crosses", "rates"):
        for group in getattr(rule, key):
            if not isinstance(group, tuple) or not group or not set(group) <= set(rule.categorical):
                raise SpecError(f"{file}, [table] {key}: expected lists of categorical columns, got another entry")
    if rule.prior_rows <= 0 or rule.half_life_days < 0:
        raise SpecError(f"{file}, [table]: expected prior_rows > 0 and half_life_days >= 0")


def _check_confidence(rule: ConfidenceRule, *, file: str) -> None:
    if (
        not 0 < rule.level < 1
        or min(rule.spread, rule.count_power, rule.hazard_slope) < 0
        or min(rule.unfamiliar_factor, rule.hidden_factor) < 1
    ):
        raise SpecError(f"{file}, [confidence]: expected 0 < level < 1, nothing negative, factors of at least 1")
    for row in rule.unfamiliar:
        is_row = isinstance(row, tuple) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[2], str)
        if not is_row or type(row[1]) not in (int, float):
            raise SpecError(f"{file}, [confidence] unfamiliar: expected rows of column, count and words, got another entry")


def _check(spec: ModelSpec, *, file: str) -> None:
    _check_confidence(spec.confidence, file=file)
    if spec.subject == "table":
        _check_table(spec.table, file=file)
    starts = spec.split.fold_starts
    if not 0 < spec.split.test_fraction < 1:
        raise SpecError(f"{file}, [split] test_fraction: expected between 0 and 1")
    if not starts or list(starts) != sorted(set(starts)) or not 0 < starts[0] <= starts[-1] < 1:
        raise SpecError(f"{file}, [split] fold_starts: expected rising fractions between 0 and 1")
    if not 0 < spec.maturity.quantile < 1:
        raise SpecError(f"{file}, [maturity] quantile: expected between 0 and 1")
    if not 0 < spec.rounds.least <= spec.rounds.most:
        raise SpecError(f"{file}, [rounds]: expected 0 < least <= most")
    if not 0 <= spec.linear.weight < 1 or spec.linear.inverse_penalty <= 0:
        raise SpecError(f"{file}, [linear]: expected 0 <= weight < 1 and inverse_penalty > 0")
    for row in spec.linear.deviations:
        if not (isinstance(row, tuple) and len(row) == 2 and isinstance(row[0], str) and type(row[1]) in (int, float)):
            raise SpecError(f"{file}, [linear] deviations: expected rows of column and deviation, got another entry")
        if row[1] <= 0:
            raise SpecError(f"{file}, [linear] deviations: expected deviations above 0, got another for {row[0]}")
    if not 0 <= spec.newcomers.share < 1 or (spec.newcomers.share and spec.subject != "claim"):
        raise SpecError(f"{file}, [newcomers] share: expected 0 <= share < 1, and 0 for a subject that is not claim")
    if spec.prevented.method not in PREVENTED_METHODS or not 0 < spec.prevented.most <= 1:
        raise SpecError(f"{file}, [prevented]: expected a method of {', '.join(PREVENTED_METHODS)} and 0 < most <= 1")
    unknown = [method for method in spec.calibration.methods if method not in METHODS]
    if unknown or not spec.calibration.methods:
        raise SpecError(f"{file}, [calibration] methods: expected some of {', '.join(METHODS)}")
