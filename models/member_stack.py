"""Owns the members of a bundle side by side: margins and contributions of all of them in one pass over the rows.

Margins are those of `Member` to the bit, contributions to rounding. The compiled forest explains the trees; a member whose trees
it cannot hold explains itself, through LightGBM.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.forest import UnknownForest
from models.linear import LinearStack
from models.member import Member

if TYPE_CHECKING:
    from models.tree_shap import Forest

ROWS_AT_ONCE = 64  # the terms of 17 members to 400 columns fit a processor's cache
# Margins (n_members, n), contributions (n_members, n, k), and the margins that contributions start from (n_members,).
Split = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class MemberStack:
    """Members over the same columns, in bundle order."""

    members: tuple[Member, ...]

    def explain(self, values: NDArray[np.float64]) -> Split:
        """Split the margins of every member over the columns; a margin is its base plus its contributions."""
        forest, held = self._forest
        if forest is not None and len(held) == len(self.members):
            return self._explain_held(forest, values)
        shape = (len(self.members), *values.shape)
        margins, contributions, bases = np.zeros(shape[:2]), np.zeros(shape), np.zeros(len(self.members))
        if forest is not None:
            margins[held], contributions[held], bases[held] = self._explain_held(forest, values)
        for at in sorted(set(range(len(self.members))) - set(held)):
            margins[at] = self.members[at].margin(values)
            contributions[at], bases[at] = self.members[at].contributions(values)
        return margins, contributions, bases

    def margins(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the margin of every member, shape (n_members, n), with the bits that `explain` gives."""
        forest, held = self._forest
        found = np.zeros((len(self.members), len(values)))
        if forest is not None:
            found[held] = self._margins_held(forest, values)
        for at in sorted(set(range(len(self.members))) - set(held)):
            found[at] = self.members[at].margin(values)
        return found

    def _margins_held(self, forest: "Forest", values: NDArray[np.float64]) -> NDArray[np.float64]:
        linear, share = self._linear
        boosted = forest.margins(values)
        if linear is None:
            return boosted
        for start in range(0, len(values), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            own = linear.intercepts[:, None] + linear.contributions(values[rows]).sum(axis=2)
            boosted[:, rows] = (1 - share)[:, None] * boosted[:, rows] + share[:, None] * own
        return boosted

    def _explain_held(self, forest: "Forest", values: NDArray[np.float64]) -> Split:
        linear, share = self._linear
        margins, contributions = forest.explain(values)
        if linear is None:
            return margins, contributions, forest.bases
        terms, rest = linear.contributions(values), 1 - share
        margins = rest[:, None] * margins + share[:, None] * (linear.intercepts[:, None] + terms.sum(axis=2))
        contributions *= rest[:, None, None]
        terms *= share[:, None, None]
        contributions += terms
        return margins, contributions, rest * forest.bases + share * linear.intercepts

    @cached_property
    def _forest(self) -> "tuple[Forest | None, list[int]]":
        """Compile the trees; the list names the members whose trees the forest holds."""
        everyone = list(range(len(self.members)))
        try:
            return _forest_of(self.members), everyone
        except UnknownForest:
            held = [at for at in everyone if _is_known(self.members[at])]
        return _forest_of([self.members[at] for at in held]) if held else None, held

    @cached_property
    def _linear(self) -> tuple[LinearStack | None, NDArray[np.float64]]:
        """Stack the linear parts of the members that the forest holds, with their weights."""
        held = [self.members[at] for at in self._forest[1]]
        share = np.array([member.linear_weight if member.linear else 0.0 for member in held])
        return LinearStack.of([member.linear for member in held]), share


def _forest_of(members: Sequence[Member]) -> "Forest":
    from models.tree_shap import Forest  # numba takes most of a second to import; who only predicts does without

    return Forest.of_texts([member.text for member in members], width=members[0].width)


def _is_known(member: Member) -> bool:
    try:
        _forest_of([member])
    except UnknownForest:
        return False
    return True
