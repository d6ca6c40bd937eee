"""Owns where a practice's data stands on disk. Pure: reads no environment and creates nothing."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """One practice's folder. An empty override means the embedded default inside `path`."""

    path: Path
    history_uri: str = ""  # folder or object store URL of the Delta tables
    mlflow_uri: str = ""
    database_url: str = ""  # SQLAlchemy URL of the work queue

    def __post_init__(self) -> None:
        root = self.path.absolute()
        object.__setattr__(self, "path", root)
        object.__setattr__(self, "history_uri", self.history_uri or str(root / "history"))
        object.__setattr__(self, "mlflow_uri", self.mlflow_uri or f"sqlite:///{(root / 'mlflow.db').as_posix()}")
        object.__setattr__(self, "database_url", self.database_url or f"sqlite:///{(root / 'serving.db').as_posix()}")

    @property
    def has_registry(self) -> bool:
        """Tell whether there is a model registry to ask: one elsewhere, or the embedded one once something was trained."""
        embedded = self.mlflow_uri.removeprefix("sqlite:///")
        return embedded == self.mlflow_uri or Path(embedded).exists()

    @property
    def artifacts(self) -> Path:
        """Name the folder of MLflow artifacts."""
        return self.path / "mlartifacts"

    @property
    def quarantine(self) -> Path:
        """Name the folder of refused input; it may hold health information."""
        return self.path / "quarantine"

    @property
    def packet_file(self) -> Path:
        """Name the file of the practice's own letterhead, payer addresses and arguments for appeal packets; may be absent."""
        return self.path / "packets.toml"

    @property
    def payer_rules(self) -> Path:
        """Name the folder of the practice's own rule files, one or more payers each; may be absent."""
        return self.path / "payer_rules"

    @property
    def mappings(self) -> Path:
        """Name the folder of mapping files of exports, one per kind of export; may be absent."""
        return self.path / "mappings"

    @property
    def contract_fees(self) -> Path:
        """Name the file of the practice's contracted fees; may be absent."""
        return self.path / "contract_fees.csv"

    @property
    def logs(self) -> Path:
        """Name the folder of log files."""
        return self.path / "logs"

    @property
    def last_monitor(self) -> Path:
        """Name the file that keeps what `denials monitor` found last."""
        return self.logs / "monitor.json"

    @property
    def last_comparison(self) -> Path:
        """Name the file that keeps how challengers did beside champions on live outcomes."""
        return self.logs / "challengers.json"

    @property
    def secrets(self) -> Path:
        """Name the folder of keys; nothing in it is ever logged or exported."""
        return self.path / "secrets"

    @property
    def person_key(self) -> Path:
        """Name the file of the key under which people are hashed."""
        return self.secrets / "person.key"

    @property
    def audit_anchor(self) -> Path:
        """Name the file that says how far the audit trail has come."""
        return self.secrets / "audit.anchor"

    @property
    def service_key(self) -> Path:
        """Name the file of the secret under which the service hashes API keys and sessions."""
        return self.secrets / "service.key"
