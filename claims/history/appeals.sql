-- name: known_appeals
WITH latest AS (
    SELECT * FROM appeals
    QUALIFY row_number() OVER (
        PARTITION BY patient_control_number, payer_id, level, filed_on
        ORDER BY known_on DESC, outcome <> 'pending' DESC, starts_with(source_key, 'entered '), decided_on DESC NULLS LAST, load_id DESC, source_key DESC
    ) = 1
)
SELECT
    load_id, source_key, known_on, patient_control_number, payer_id, level, filed_on,
    CASE WHEN decided_on < $before THEN decided_on END AS decided_on,
    CASE WHEN decided_on >= $before THEN 'pending' ELSE outcome END AS outcome,
    CASE WHEN decided_on < $before OR decided_on IS NULL THEN recovered_amount END AS recovered_amount,
    CASE WHEN decided_on < $before OR decided_on IS NULL THEN minutes_spent END AS minutes_spent
FROM latest
ORDER BY filed_on, patient_control_number, payer_id, level
