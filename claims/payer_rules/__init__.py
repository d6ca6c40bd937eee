"""Dated, cited payer rules: `payer_rules` gives the limits that hold for a payer on a day."""

from claims.payer_rules.rules import PayerRules, payer_rules

__all__ = ["PayerRules", "payer_rules"]
