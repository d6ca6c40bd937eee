-- Inputs: scores, actions, submissions (with the time at which their load was committed and the payer's first answer).

-- The submission that a score was about: the first one of the same claim, as original or as replacement, that came to be known after
-- the score. To the same payer if there is one; else the claim went to another payer instead.
-- name: sent
CREATE TEMP TABLE sent AS
SELECT s.score_id, c.submission_id
FROM scores s
JOIN submissions c
    ON c.patient_control_number = s.patient_control_number
    AND c.frequency_code = s.frequency_code
    AND c.submitted_on BETWEEN s.as_of AND s.as_of + $wait_days
    AND c.committed_at > s.scored_at
QUALIFY row_number() OVER (
    PARTITION BY s.score_id ORDER BY c.payer_id IS DISTINCT FROM s.payer_id, c.submitted_on, c.submission_id
) = 1;

-- Claims that the history held already when they were scored: nobody could follow that advice.
-- name: sent_before
CREATE TEMP TABLE sent_before AS
SELECT DISTINCT s.score_id
FROM scores s
JOIN submissions c
    ON c.patient_control_number = s.patient_control_number
    AND c.payer_id = s.payer_id
    AND c.frequency_code = s.frequency_code
    AND c.submitted_on >= s.as_of
    AND c.committed_at <= s.scored_at;

-- name: reports
CREATE TEMP TABLE reports AS
SELECT s.score_id, list(DISTINCT a.action ORDER BY a.action) AS actions, list(DISTINCT a.fix ORDER BY a.fix) AS acted_fixes
FROM scores s
LEFT JOIN sent m ON m.score_id = s.score_id
LEFT JOIN submissions c ON c.submission_id = m.submission_id
JOIN actions a
    ON a.patient_control_number = s.patient_control_number
    AND a.payer_id = s.payer_id
    AND a.acted_on BETWEEN s.as_of AND coalesce(c.submitted_on, s.as_of + $wait_days)
GROUP BY s.score_id;

-- name: joined
SELECT
    s.score_id, s.scored_at, s.as_of, s.patient_control_number, s.payer_id, s.charge_amount, s.model_version,
    s.denial_probability, s.denial_category, s.expected_denied_amount, s.advice, s.fixes, s.fixed_probability,
    m.submission_id, c.submitted_on AS sent_on,
    b.score_id IS NOT NULL AND m.submission_id IS NULL AS is_late,
    coalesce(r.actions, []) AS actions, coalesce(r.acted_fixes, []) AS acted_fixes,
    CASE
        WHEN m.submission_id IS NULL THEN NULL
        WHEN c.rejected_on IS NOT NULL THEN 'rejected'
        WHEN c.outcome_known_on IS NULL THEN NULL
        WHEN c.denied THEN 'denied'
        ELSE 'paid'
    END AS result,
    coalesce(c.rejected_on, c.outcome_known_on) AS result_known_on,
    c.denied_amount, c.category AS result_category
FROM scores s
LEFT JOIN sent m ON m.score_id = s.score_id
LEFT JOIN sent_before b ON b.score_id = s.score_id
LEFT JOIN submissions c ON c.submission_id = m.submission_id
LEFT JOIN reports r ON r.score_id = s.score_id
ORDER BY s.scored_at, s.score_id
