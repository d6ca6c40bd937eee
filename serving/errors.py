"""Owns the errors of the serving room. They know nothing of HTTP."""


class ServingError(Exception):
    """Root of every error that `serving` raises."""


class NoModel(ServingError):
    """There is no champion to score with. The message says which command makes one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"model {name}: expected a champion, got none; make one with `denials train {name}`")
        self.name = name


class RegistryUnreachable(ServingError):
    """The model registry did not answer, or not with what it names. The model in service stays."""

    def __init__(self, name: str, *, trouble: str) -> None:
        super().__init__(f"model {name}: expected its champion from the model registry, got {trouble}; the one in service stays")
        self.name = name


class KeptOut(ServingError):
    """A version does not become champion here. The message says why, and what would."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"model {name}: expected a version that may become champion, got none: {why}")
        self.name = name


class NoHistory(ServingError):
    """Nothing was ingested yet."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"history {uri}: expected ingested claims, got none; load files with `denials ingest PATH`")


class RefusedInput(ServingError):
    """A request or file asks for more than the limits allow, or is nothing that can be scored."""


class UnknownAlert(ServingError):
    """No alert has this id, or none has it any more."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(f"alert of {len(alert_id)} characters: expected an id that GET /v1/warnings lists, got another")
        self.alert_id = alert_id


class UnknownItem(ServingError):
    """No work item has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"work item of {len(key)} characters: expected the key of an item in the queue, got none such")
        self.key = key


class UnknownClaim(ServingError):
    """No claim of this number was ever sent, as far as the history knows."""

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"claim of {len(claim_id)} characters: expected a patient control number of the history, got none such")
        self.claim_id = claim_id


class UnknownWebhook(ServingError):
    """No webhook in use, or no delivery of one, has this id."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: expected the id of one in use, got none such")


class VersionConflict(ServingError):
    """Somebody changed the item since it was read: read it again, then change it."""

    def __init__(self, *, expected: int, got: int) -> None:
        super().__init__(f"version: expected {expected}, got {got}; somebody changed it since")
        self.expected = expected
        self.got = got


class IllegalMove(ServingError):
    """This status may not follow the one that the item has."""

    def __init__(self, *, before: str, after: str) -> None:
        super().__init__(f"work item: expected a status that may follow {before}, got {after}")
        self.before = before
        self.after = after


class HeldByAnother(ServingError):
    """Somebody else works the item, and the lease still runs."""

    def __init__(self) -> None:
        super().__init__("work item: expected one that nobody works, got one that somebody else holds; the lease says until when")


class MisplacedPromise(ServingError):
    """A promised day belongs to an item that waits for its payer."""

    def __init__(self, *, status: str) -> None:
        super().__init__(f"promised_on: expected an item with status waiting, got {status}")
        self.status = status


class ForeignCursor(ServingError):
    """A cursor is not one that this list gave."""

    def __init__(self) -> None:
        super().__init__("cursor: expected the next_cursor of a list with the same filters and sort, got another; begin anew")


class PeopleError(ServingError):
    """Who works the queue is not said in a way that can be read. Names the place."""

    def __init__(self, place: str, *, expected: str, got: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {got}")
        self.place = place


class UntruthfulFix(ServingError):
    """A proposed change would alter what was done to the patient. A fault of ours; nothing is proposed."""

    def __init__(self, fix_ids: tuple[str, ...]) -> None:
        super().__init__(f"fix {', '.join(fix_ids)}: expected services, dates, charges and diagnoses unchanged, got others")
        self.fix_ids = fix_ids


class TracesUnavailable(ServingError):
    """Traces are asked for, and what sends them is not installed."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"{variable}: expected the extra `traces` to be installed (pip install 'denials[traces]'), got none")


class NotReplaceable(ServingError):
    """A denied claim cannot be replaced, or not by what was handed in. The message says what is missing."""


class NoPapers(ServingError):
    """Papers are made for denials alone. Names the kind of item that they were asked for."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"packet: expected an item of kind denial, got one of kind {kind}; its reason says what to do")
        self.kind = kind


class TemplateError(ServingError):
    """A template or the practice's packet file says something that cannot be used. Names file and key."""

    def __init__(self, file: str, key: str, *, expected: str, got: str) -> None:
        super().__init__(f"{file}, {key}: expected {expected}, got {got}")
        self.file = file
        self.key = key


class UnknownMeasure(ServingError):
    """No measure has this name."""

    def __init__(self, nearest: str) -> None:
        super().__init__(f"measure: expected one that GET /v1/analytics lists, got another; nearest is {nearest}")
        self.nearest = nearest


class UnknownOwner(ServingError):
    """No workflow has this name."""

    def __init__(self, nearest: str) -> None:
        super().__init__(f"owner: expected a workflow that owns root causes, got another; nearest is {nearest}")
        self.nearest = nearest


class UnknownDimension(ServingError):
    """No dimension of the measures has this name."""

    def __init__(self, nearest: str) -> None:
        super().__init__(f"dimension: expected one that GET /v1/analytics lists, got another; nearest is {nearest}")
        self.nearest = nearest
