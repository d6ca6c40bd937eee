"""Owns the settings of the service: every one has an environment variable DENIALS_..., MLflow's own keeps its name."""

from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from claims.home import Home
from models.costs import MINUTE_COST, REVIEW_MINUTES, Costs
from serving.work_queue.limits import WARNING_DAYS


def _numbers(value: object) -> object:
    """Take a text of numbers apart; anything else is left to the check that follows."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class Settings(BaseSettings):
    """What an operator may set. Costs are dollars, times minutes."""

    model_config = SettingsConfigDict(env_prefix="DENIALS_", extra="ignore", frozen=True)

    home_path: Path = Field(default=Path("denials-home"), validation_alias=AliasChoices("DENIALS_HOME", "home_path"))
    history_uri: str = ""
    database_url: str = ""
    mlflow_uri: str = Field(default="", validation_alias=AliasChoices("MLFLOW_TRACKING_URI", "mlflow_uri"))
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    today: date | None = None  # the day to take for today, for demonstrations and replays; None = the real one

    # What advice weighs: looking at a claim now against working its denial later (`models.costs`).
    review_minutes: float = REVIEW_MINUTES
    minute_cost: float = MINUTE_COST
    rework_cost: float = Costs.rework
    unrecovered_share: float = Costs.unrecovered_share
    prevented_share: float = Field(default=Costs.prevented_share, gt=0, le=1)
    least_relief: float = Field(default=Costs.least_relief, ge=0, lt=1)
    clean_probability: float = Field(default=Costs.clean_probability, ge=0, le=1)

    minutes_per_day: float = Field(default=480.0, gt=0, le=100_000)  # of all who work the queue; the plan behind "take next"
    lease_minutes: float = Field(default=60.0, gt=0, le=100_000)  # how long a taken item stays with who took it

    # Days before a limit on which its item warns: soon from the largest, urgent from the smallest. "30,7".
    warning_days: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_numbers), Field(min_length=1)] = WARNING_DAYS

    # Of the minutes of a day, for rarely appealed denials drawn by lot, so that the model hears how they end; 0 = none.
    explored_share: float = Field(default=0.02, ge=0, le=0.2)

    # Every score goes to the score log beside the history (docs/closing_the_loop.md), buffered for at most so long.
    score_log: bool = True
    score_log_seconds: float = Field(default=2.0, gt=0, le=60)

    # Of the claims scored, how many the challenger scores, too, behind the requests; 0 = none. Needs the score log.
    shadow_share: float = Field(default=1.0, ge=0, le=1)

    # Who may call. "off": everything is open to callers on this machine and closed to all others; for demonstrations.
    authentication: Literal["on", "off"] = "on"
    remember_seconds: float = Field(default=5.0, ge=0, le=300)  # a revoked key is refused after this at the latest
    requests_per_second: float = Field(default=1000.0, ge=0)  # of one caller in one process, twice as many at once; 0 = no limit
    session_idle_minutes: float = Field(default=30.0, gt=0)
    session_hours: float = Field(default=12.0, gt=0)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False  # a proxy on a trusted network ends TLS and names the client in X-Forwarded-...
    trusted_proxies: str = "127.0.0.1"  # addresses whose X-Forwarded-... is believed, with behind_proxy; commas between

    encryption_at_rest: Literal["warn", "checked", "attested"] = "warn"  # of the home; docs/security.md says what is seen

    # Bearer tokens of an issuer (OpenID Connect); no issuer = API keys and sessions alone.
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks: str = ""  # https address or file of the issuer's public keys
    oidc_roles_claim: str = "roles"
    oidc_name_claim: str = "sub"  # an id that the issuer never gives to another; a name that people may change is none
    oidc_role_names: dict[str, str] = Field(default_factory=dict)  # the issuer's word -> our role
    oidc_algorithms: tuple[str, ...] = ("RS256", "ES256")
    oidc_skew_seconds: float = Field(default=30.0, ge=0, le=300)

    # Webhooks (docs/webhooks.md): from which probability on a score is told, where links lead, how often the outbox is looked at.
    webhook_probability: float = Field(default=0.5, ge=0, le=1)
    webhook_seconds: float = Field(default=2.0, ge=0)  # 0 = nothing is told by this process
    webhook_loopback: bool = False  # receivers on this machine, by plain http too; else https to public addresses
    public_url: str = "http://127.0.0.1:8000"  # under which people reach this service

    most_request_seconds: float = Field(default=300.0, gt=0)
    most_silent_seconds: float = Field(default=30.0, gt=0)  # between two parts of a request's body
    # Seconds between looks for a new champion and for newly ingested files; 0 = only when asked to.
    models_poll_seconds: float = Field(default=0.0, ge=0)
    history_poll_seconds: float = Field(default=60.0, ge=0)

    most_body_bytes: int = 64 * 1024 * 1024
    most_claims_per_request: int = 10_000
    most_lines_per_claim: int = 999

    def current_day(self) -> date:
        """Give today, or the day that stands for it."""
        return self.today or datetime.now(UTC).date()

    @cached_property
    def home(self) -> Home:
        """Name where this practice's data stands."""
        return Home(self.home_path, history_uri=self.history_uri, mlflow_uri=self.mlflow_uri, database_url=self.database_url)
