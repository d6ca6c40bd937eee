"""Owns the agreement between a bundle and the features installed: same names, same versions, same order, or no prediction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.matrix import feature_set_fingerprint
from features.registry import FEATURES
from models.errors import BundleError


@dataclass(frozen=True, kw_only=True)
class FeatureSet:
    """The columns that a bundle was made with, in order, each with the version of its definition."""

    names: tuple[str, ...]
    versions: Mapping[str, int]
    fingerprint: str

    @classmethod
    def installed(cls, names: Sequence[str]) -> "FeatureSet":
        """Describe these columns as the installed features define them. Raises: BundleError for an unknown name."""
        unknown = [name for name in names if name not in FEATURES]
        if unknown:
            raise BundleError(f"features: expected names of the catalog, got {len(unknown)} others, first {unknown[0]}")
        return cls(
            names=tuple(names),
            versions={name: FEATURES[name].version for name in names},
            fingerprint=feature_set_fingerprint(names),
        )

    @classmethod
    def of_table(cls, names: Sequence[str]) -> "FeatureSet":
        """Describe columns that the bundle's own encoder makes; nothing that is installed has a say in them."""
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        return cls(names=tuple(names), versions={}, fingerprint=digest)

    def refuse_other_features(self) -> None:
        """Compare with what is installed. Raises: BundleError that names what differs."""
        unknown = [name for name in self.names if name not in FEATURES]
        if unknown:
            names = ", ".join(unknown[:3])
            raise BundleError(f"features: expected the {len(self.names)} columns of the bundle installed, got none named {names}")
        other = [name for name in self.names if FEATURES[name].version != self.versions[name]]
        if other:
            first = other[0]
            raise BundleError(
                f"features: expected {first} of version {self.versions[first]}, got version {FEATURES[first].version} installed "
                f"({len(other)} columns differ); train anew"
            )
        if feature_set_fingerprint(self.names) != self.fingerprint:
            raise BundleError("features: expected the fingerprint of the bundle, got another: order or types differ; train anew")


def feature_title(name: str) -> str:
    """Give the words that a biller reads for a column; the name itself where the catalog has none."""
    return FEATURES[name].title if name in FEATURES else name
