"""Owns the search for better parameters of a spec: Optuna on the rolling folds, within a budget.

The test part is never looked at. The spec's own parameters are the first trial, so the search keeps or betters them on the folds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import optuna

from models.calibration import hazard_to_probability
from models.maturity import learn_maturity
from models.spec import ModelSpec
from training.dataset import Dataset
from training.members import choose_rounds, plan_members
from training.metrics import log_loss
from training.split import split_by_time

SEED = 7


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """The best spec, with its out-of-time log-loss on the folds beside that of the spec it started from."""

    spec: ModelSpec
    log_loss: float
    first_log_loss: float
    trial_count: int


def tune(
    dataset: Dataset, spec: ModelSpec, *, trials: int, seconds: float | None = None, progress: Callable[[str], None] | None = None
) -> Tuned:
    """Search for at most `trials` fits of all folds or `seconds`, whichever ends first. Raises: TooLittleData."""
    say = progress or (lambda _: None)
    maturity = learn_maturity(
        payer_id=dataset.payer_id, sent=dataset.sent, known=dataset.known, end=dataset.end, rule=spec.maturity
    )
    split = split_by_time(dataset, maturity, spec.split)
    plans = plan_members(dataset, split.fitted, spec)

    def loss(trial: optuna.Trial) -> float:
        _, scores = choose_rounds(dataset, split.folds, plans, propose(trial, spec))
        found = log_loss(dataset.label[scores.rows], hazard_to_probability(scores.hazard))
        say(f"tuning: trial {trial.number + 1} of {trials}, log-loss {found:.4f}")
        return found

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=SEED))
    study.enqueue_trial(standing(spec))
    study.optimize(loss, n_trials=trials, timeout=seconds)
    first = study.trials[0].value
    return Tuned(
        spec=propose(optuna.trial.FixedTrial(study.best_params), spec),
        log_loss=study.best_value,
        first_log_loss=study.best_value if first is None else first,
        trial_count=len(study.trials),
    )


def propose(trial: optuna.trial.BaseTrial, spec: ModelSpec) -> ModelSpec:
    """Give the spec with a trial's parameters."""
    changes = {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 31, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 100, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 30.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.1, 1.0),
    }
    weight = trial.suggest_float("linear_weight", 0.0, 0.9)
    return replace(spec, lightgbm={**spec.lightgbm, **changes}, linear=replace(spec.linear, weight=weight))


def standing(spec: ModelSpec) -> dict[str, float]:
    """Give the spec's own parameters as a trial; LightGBM's defaults where it names none."""
    defaults = {"learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 20, "lambda_l2": 0.1, "feature_fraction": 1.0}
    own = {name: float(spec.lightgbm.get(name, default)) for name, default in defaults.items()}
    whole = {name: int(own[name]) for name in ("num_leaves", "min_data_in_leaf")}
    return {**own, **whole, "linear_weight": spec.linear.weight}
