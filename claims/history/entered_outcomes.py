"""Owns how an outcome that a person entered becomes a label: it decides an appeal that the history knows as pending.

Nothing is written for an appeal that no file has told of: when it was filed is not known, and the file that tells of it would
come as a second one. Once appeals.csv decides the same appeal, that row counts and the entered one no longer does
(`history/appeals.sql`): one appeal is one label, whoever told first.
"""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from claims.history.appeals import known_appeals
from claims.history.ledger import LoadConflict
from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore

ENTERED = "entered "  # begins the source key of a row that no file holds
DECIDING = frozenset({"overturned", "partially_overturned", "upheld"})
_ATTEMPTS = 5


def decide_appeal(
    store: HistoryStore,
    *,
    patient_control_number: str,
    payer_id: str,
    outcome: str,
    recovered_amount: Decimal | None,
    decided_on: date,
    now: datetime,
) -> bool:
    """Write the outcome of the pending appeal of a claim, the highest level of them. Tells whether there was one.

    Raises: LoadConflict, if other loads were faster time and again.
    """
    appeals = known_appeals(store)
    own = pc.and_(
        pc.equal(appeals["patient_control_number"], patient_control_number),
        pc.and_(pc.equal(appeals["payer_id"], payer_id), pc.equal(appeals["outcome"], "pending")),
    )
    pending = appeals.filter(own).sort_by([("level", "descending"), ("filed_on", "descending")]).slice(0, 1).to_pylist()
    if not pending or pending[0]["filed_on"] > decided_on:
        return False
    row = pending[0] | {
        "load_id": "",
        "source_key": f"{ENTERED}{patient_control_number}/{payer_id}/{now.isoformat()}",
        "decided_on": decided_on,
        "outcome": outcome,
        "recovered_amount": recovered_amount,
    }
    load_id = store.write({"appeals": pa.Table.from_pylist([row], schema=SCHEMAS["appeals"])}, now=now)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            store.commit(load_id, now=now)
            break
        except LoadConflict:
            if attempt == _ATTEMPTS:
                raise
    return True
