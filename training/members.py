"""Owns how members are fitted: one LightGBM model per root cause with enough positives, the rest pooled.

A member learns "denied for this cause" against "not denied". Claims denied for another cause say nothing about this one: the
payer stopped looking. Leaving them out makes the members independent risks, so that 1 - prod(1 - p) is the chance of a denial.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from claims.root_cause import root_causes
from features.registry import FEATURES
from models.calibration import softplus
from models.linear import LinearPart
from models.member import Member
from models.spec import ModelSpec
from training.dataset import Dataset
from training.linear import fit_linear, recency_weights
from training.split import Fold

Rows = NDArray[np.int64]
Fitted = TypeVar("Fitted")


@dataclass(frozen=True, kw_only=True)
class MemberPlan:
    """Which causes one member stands for. An empty tuple of causes: the label itself, for a model without causes."""

    cause: str
    causes: tuple[str, ...]

    def is_positive(self, dataset: Dataset, rows: Rows) -> NDArray[np.bool_]:
        """Tell which rows this member should call positive."""
        labels = dataset.label[rows]
        return labels & np.isin(dataset.cause[rows].astype(str), self.causes) if self.causes else labels

    def learnt_from(self, dataset: Dataset, rows: Rows) -> Rows:
        """Leave out rows denied for another cause."""
        return rows[self.is_positive(dataset, rows) | ~dataset.label[rows]]


@dataclass(frozen=True, kw_only=True)
class FoldScores:
    """Out-of-time margins of every member at its chosen rounds, over all folds: shape (n, n_members), for `rows`."""

    rows: Rows
    margins: NDArray[np.float64]

    @property
    def hazard(self) -> NDArray[np.float64]:
        """Give the joint raw hazard, shape (n,)."""
        total: NDArray[np.float64] = softplus(self.margins).sum(axis=1)
        return total


def plan_members(dataset: Dataset, rows: Rows, spec: ModelSpec) -> tuple[MemberPlan, ...]:
    """Give every cause with enough positives in `rows` its own member, in the order of the vocabulary."""
    if not spec.causes.rest:
        return (MemberPlan(cause=spec.name, causes=()),)
    counts = {cause: int((dataset.cause[rows[dataset.label[rows]]] == cause).sum()) for cause in root_causes()}
    own = [cause for cause, count in counts.items() if count >= spec.causes.smallest_count and cause != spec.causes.rest]
    pooled = tuple(cause for cause in counts if cause not in own)
    plans = [MemberPlan(cause=cause, causes=(cause,)) for cause in own]
    if any(counts[cause] for cause in pooled):
        plans.append(MemberPlan(cause=spec.causes.rest, causes=pooled))
    return tuple(plans)


def choose_rounds(
    dataset: Dataset, folds: Sequence[Fold], plans: Sequence[MemberPlan], spec: ModelSpec
) -> tuple[dict[str, int], FoldScores]:
    """Fit on each fold's past, score its future: gives rounds per cause and the out-of-time margins at those rounds."""
    boosters: list[list[lgb.Booster]] = []
    curves = np.zeros((len(plans), spec.rounds.most))
    positives = np.zeros(len(plans), dtype=np.int64)
    for fold in folds:
        fitted, fold_curves = _fit_fold(dataset, fold, plans, spec)
        boosters.append(fitted)
        curves += fold_curves
        positives += [int(plan.is_positive(dataset, fold.scored).sum()) for plan in plans]
    least = spec.rounds.least
    common = max(least, int(curves.sum(axis=0).argmin()) + 1)
    rounds = {
        plan.cause: max(least, int(curve.argmin()) + 1) if count >= spec.rounds.smallest_count else common
        for plan, curve, count in zip(plans, curves, positives, strict=True)
    }
    margins = [
        _margins(dataset, fold, plans, fitted, spec, rounds=[rounds[plan.cause] for plan in plans])
        for fold, fitted in zip(folds, boosters, strict=True)
    ]
    return rounds, FoldScores(rows=np.concatenate([fold.scored for fold in folds]), margins=np.concatenate(margins))


def fit_members(
    dataset: Dataset, rows: Rows, plans: Sequence[MemberPlan], spec: ModelSpec, *, rounds: Mapping[str, int]
) -> tuple[Member, ...]:
    """Fit every planned member on `rows` with the given rounds."""
    learnt = dataset.learnt_from(rows)
    binned = _bin(learnt, spec)

    def fit(plan: MemberPlan) -> Member:
        booster = _fit(learnt, plan, spec, binned=binned, rounds=rounds[plan.cause])
        return Member(
            cause=plan.cause,
            text=booster.model_to_string(num_iteration=-1),
            round_count=rounds[plan.cause],
            positive_count=int(plan.is_positive(dataset, rows).sum()),
            pooled_causes=plan.causes if plan.causes != (plan.cause,) else (),
        )

    boosted = _side_by_side(fit, plans)
    if not spec.linear.weight:
        return tuple(boosted)
    return tuple(
        replace(member, linear=_fit_linear(learnt, plan, spec), linear_weight=spec.linear.weight)
        for member, plan in zip(boosted, plans, strict=True)
    )


def _fit_fold(
    dataset: Dataset, fold: Fold, plans: Sequence[MemberPlan], spec: ModelSpec
) -> tuple[list[lgb.Booster], NDArray[np.float64]]:
    """Fit all plans on the fold's past; each curve is the summed log-loss on its future after every round."""
    learnt = dataset.learnt_from(fold.fitted)
    binned = _bin(learnt, spec)

    def fit(plan: MemberPlan) -> tuple[lgb.Booster, NDArray[np.float64]]:
        seen: dict[str, dict[str, list[float]]] = {}
        later = plan.learnt_from(dataset, fold.scored)
        future = (dataset.matrix.values[later], plan.is_positive(dataset, later))
        booster = _fit(learnt, plan, spec, binned=binned, rounds=spec.rounds.most, future=future, seen=seen)
        losses = np.array(seen["future"]["binary_logloss"]) * len(later)
        return booster, np.concatenate([losses, np.full(spec.rounds.most - len(losses), losses[-1])])

    fitted = _side_by_side(fit, plans)
    return [booster for booster, _ in fitted], np.stack([curve for _, curve in fitted])


def _side_by_side(fit: Callable[[MemberPlan], Fitted], plans: Sequence[MemberPlan]) -> list[Fitted]:
    """Fit members in threads, each with the threads of the spec (1): many small trees gain nothing from more, and wait less."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(fit, plans))


def _fit(
    learnt: Dataset,
    plan: MemberPlan,
    spec: ModelSpec,
    *,
    binned: lgb.Dataset,
    rounds: int,
    future: tuple[NDArray[np.float64], NDArray[np.bool_]] | None = None,
    seen: dict[str, dict[str, list[float]]] | None = None,
) -> lgb.Booster:
    parameters = _parameters(learnt, plan, spec)
    kept = plan.learnt_from(learnt, np.arange(len(learnt)))
    part = binned.subset(kept.tolist(), params=parameters).construct()
    part.set_label(plan.is_positive(learnt, kept).astype(np.float64))
    part.set_weight(recency_weights(learnt.sent[kept], spec.recency.boosted_half_life_days))
    valid: list[lgb.Dataset] = []
    callbacks: list[Callable[..., object]] = []
    if future is not None and seen is not None:
        values, label = future
        valid = [lgb.Dataset(values, label.astype(np.float64), reference=part, params=parameters)]
        callbacks = [lgb.record_evaluation(seen), lgb.early_stopping(spec.rounds.patience, verbose=False)]
    return lgb.train(
        {**parameters, "metric": "binary_logloss"},
        part,
        num_boost_round=rounds,
        valid_sets=valid,
        valid_names=["future"] * len(valid),
        callbacks=callbacks,
    )


def _bin(learnt: Dataset, spec: ModelSpec) -> lgb.Dataset:
    """Sort the columns into LightGBM's bins once for all members."""
    parameters = {**spec.lightgbm, "feature_pre_filter": False}
    codes = list(learnt.codes)
    return lgb.Dataset(learnt.matrix.values, params=parameters, categorical_feature=codes, free_raw_data=True).construct()


def _parameters(dataset: Dataset, plan: MemberPlan, spec: ModelSpec) -> dict[str, object]:
    parameters: dict[str, object] = {**spec.lightgbm, "feature_pre_filter": False}
    known = [FEATURES.get(name) for name in dataset.matrix.names]
    if spec.features.monotone and any(_directions(dataset)):
        parameters["monotone_constraints"] = _directions(dataset)
    if spec.features.foreign_gain != 1.0 and plan.causes:
        is_foreign = [feature is not None and feature.root_cause not in (None, *plan.causes) for feature in known]
        parameters["feature_contri"] = [spec.features.foreign_gain if foreign else 1.0 for foreign in is_foreign]
    if dataset.encoder is not None and not spec.table.boosted_groups:
        parameters["feature_contri"] = [float(at not in dataset.encoder.group_columns) for at in range(len(known))]
    return parameters


def _margins(
    dataset: Dataset,
    fold: Fold,
    plans: Sequence[MemberPlan],
    boosters: Sequence[lgb.Booster],
    spec: ModelSpec,
    *,
    rounds: list[int],
) -> NDArray[np.float64]:
    """Give the members' margins on the fold's future, the linear part mixed in where the spec has one."""
    values = dataset.matrix.values[fold.scored]
    columns = [
        np.asarray(booster.predict(values, raw_score=True, num_iteration=count))
        for booster, count in zip(boosters, rounds, strict=True)
    ]
    share = spec.linear.weight
    if share:
        learnt = dataset.learnt_from(fold.fitted)
        linear = [_fit_linear(learnt, plan, spec).margin(values) for plan in plans]
        columns = [(1 - share) * column + share * beside for column, beside in zip(columns, linear, strict=True)]
    return np.stack(columns, axis=1)


def _fit_linear(learnt: Dataset, plan: MemberPlan, spec: ModelSpec) -> LinearPart:
    kept = plan.learnt_from(learnt, np.arange(len(learnt)))
    return fit_linear(
        learnt.matrix.values[kept],
        plan.is_positive(learnt, kept),
        weight=recency_weights(learnt.sent[kept], spec.recency.linear_half_life_days),
        rule=spec.linear,
        names=learnt.matrix.names,
        skipped=learnt.codes,
        monotone=_directions(learnt) if spec.features.monotone else None,
    )


def _directions(dataset: Dataset) -> list[int]:
    known = [FEATURES.get(name) for name in dataset.matrix.names]
    return [feature.monotone if feature else 0 for feature in known]
