"""Owns the columns of the score log: what was scored and advised, and what people say they did about it.

Claims stand here by patient control number and payer, what a fix may change as keyed hashes (`claims.score_log.fields`). No name,
member id or value of a claim; `fixes` and `certain` are ids of closed vocabularies.
"""

import pyarrow as pa

from claims.history.schema import MONEY, TEXTS
from claims.score_log.fields import FIELDS

FIELD_PREFIX = "field_"
NUMBERS = pa.list_(pa.float64())
AT = pa.timestamp("us", tz="UTC")

SCORES = pa.schema(
    [
        ("score_id", pa.string()),  # request id and position in the request
        ("request_id", pa.string()),
        ("source", pa.string()),  # "api" or "command"
        ("scored_at", AT),
        ("as_of", pa.date32()),  # the score knows what was known before this day
        ("patient_control_number", pa.string()),
        ("payer_id", pa.string()),
        ("frequency_code", pa.string()),
        ("charge_amount", MONEY),
        ("model_version", pa.string()),
        ("denial_probability", pa.float64()),
        ("probability_low", pa.float64()),
        ("probability_high", pa.float64()),
        ("denial_category", pa.string()),
        ("expected_denied_amount", pa.float64()),
        ("advice", pa.string()),
        ("expected_saving", pa.float64()),
        ("fixes", TEXTS),  # ids of `claims.fix`
        ("fixed_probability", pa.float64()),  # once they are made; null = none proposed
        ("certain", TEXTS),  # ids of rules that the claim breaks
        ("latency_ms", pa.float64()),  # of the whole request
        *((f"{FIELD_PREFIX}{name}", pa.string()) for name in FIELDS),
        # Of claims that are not simply to be sent: what the model saw, so that training can learn from them as scored.
        ("feature_fingerprint", pa.string()),
        ("features", NUMBERS),
        ("causes", TEXTS),
        ("cause_probabilities", NUMBERS),
    ]
)

# What no field of the claim shows. `acted_on` is the day that it was done, `by` whoever says so.
ACTIONS = pa.schema(
    [
        ("action_id", pa.string()),
        ("reported_at", AT),
        ("acted_on", pa.date32()),
        ("patient_control_number", pa.string()),
        ("payer_id", pa.string()),
        ("by", pa.string()),
        ("action", pa.string()),  # `claims.score_log.action.ActionKind`
        ("fix", pa.string()),  # id of `claims.fix`; null = none in particular
    ]
)

# What a challenger said of a claim that the champion scored: joined to its score by `score_id`, and advice to nobody.
SHADOWS = pa.schema(
    [
        ("score_id", pa.string()),
        ("scored_at", AT),
        ("as_of", pa.date32()),
        ("patient_control_number", pa.string()),
        ("model_version", pa.string()),
        ("denial_probability", pa.float64()),
        ("expected_denied_amount", pa.float64()),
    ]
)
