"""Owns reading what a practice wrote down for the work queue: its own payer rules and contracted fees."""

from dataclasses import dataclass

from claims.contract_fees import ContractFee, read_contract_fees
from claims.home import Home
from claims.payer_rules.rule_files import PlanKind, read_own_files


@dataclass(frozen=True, kw_only=True)
class OwnFiles:
    """Rule files by payer, and fees; empty where the practice has none."""

    rules: tuple[PlanKind, ...] = ()
    fees: tuple[ContractFee, ...] = ()

    @classmethod
    def read(cls, home: Home) -> "OwnFiles":
        """Read HOME/payer_rules/*.toml and HOME/contract_fees.csv. Raises: RuleFileError, ContractFeeError."""
        return cls(rules=read_own_files(home.payer_rules), fees=read_contract_fees(home.contract_fees))
