"""Owns fixes for claims above the threshold: the smallest set of changes whose re-scored risk lies below it."""

from serving.fixes.change import Change, Proposal
from serving.fixes.search import FixSearch, RiskyClaim

__all__ = ["Change", "FixSearch", "Proposal", "RiskyClaim"]
