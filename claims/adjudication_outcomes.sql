-- From matched answers to outcomes: of each submission, of its lines, and of each denial.

-- name: matched
CREATE TEMP TABLE matched AS
SELECT a.*, m.submission_id
FROM answers a
LEFT JOIN (SELECT * FROM single_matches UNION ALL SELECT * FROM repeated_matches) m ON m.remittance_id = a.remittance_id;

-- An answer cancelled on the very day it became known was never the payer's word. A reversal cancels the one answer of its
-- claim with its control number (where both bear one) and the opposite amounts; pairs are formed in order.
-- name: cancelled
CREATE TEMP TABLE cancelled AS
WITH numbered AS (
    SELECT remittance_id, patient_control_number, payer_id, submission_id, known_on, is_reversal,
           coalesce(payer_claim_control_number, '') AS control_number,
           CASE WHEN is_reversal THEN -charge_amount ELSE charge_amount END AS charge,
           CASE WHEN is_reversal THEN -paid_amount ELSE paid_amount END AS paid,
           row_number() OVER (
               PARTITION BY patient_control_number, payer_id, submission_id, known_on, is_reversal,
                            coalesce(payer_claim_control_number, ''), abs(charge_amount), abs(paid_amount)
               ORDER BY source_key, place
           ) AS turn
    FROM matched
)
SELECT a.remittance_id
FROM numbered a
JOIN numbered r
  ON r.patient_control_number = a.patient_control_number AND r.known_on = a.known_on AND r.turn = a.turn
 AND r.payer_id IS NOT DISTINCT FROM a.payer_id AND r.submission_id IS NOT DISTINCT FROM a.submission_id
 AND r.charge = a.charge AND r.paid = a.paid
 AND (r.control_number = a.control_number OR r.control_number = '' OR a.control_number = '')
WHERE NOT a.is_reversal AND r.is_reversal
GROUP BY a.remittance_id;

-- An answer that a later reversal took back, on whatever day: what it paid is no longer paid.
-- name: taken_back
CREATE TEMP TABLE taken_back AS
WITH numbered AS (
    SELECT remittance_id, patient_control_number, payer_id, submission_id, known_on, is_reversal,
           CASE WHEN is_reversal THEN -charge_amount ELSE charge_amount END AS charge,
           CASE WHEN is_reversal THEN -paid_amount ELSE paid_amount END AS paid,
           row_number() OVER (
               PARTITION BY patient_control_number, payer_id, submission_id, is_reversal, abs(charge_amount), abs(paid_amount)
               ORDER BY known_on, source_key, place
           ) AS turn
    FROM matched
)
SELECT a.remittance_id, min(r.known_on) AS taken_back_on
FROM numbered a
JOIN numbered r
  ON r.patient_control_number = a.patient_control_number AND r.turn = a.turn AND r.known_on >= a.known_on
 AND r.payer_id IS NOT DISTINCT FROM a.payer_id AND r.submission_id IS NOT DISTINCT FROM a.submission_id
 AND r.charge = a.charge AND r.paid = a.paid
WHERE NOT a.is_reversal AND r.is_reversal
GROUP BY a.remittance_id;

-- name: first_answers
CREATE TEMP TABLE first_answers AS
SELECT * FROM matched
WHERE submission_id IS NOT NULL AND NOT is_reversal
QUALIFY row_number() OVER (
    PARTITION BY submission_id
    ORDER BY known_on, remittance_id IN (SELECT remittance_id FROM cancelled), source_key, place
) = 1;

-- name: submissions
SELECT
    s.submission_id,
    f.known_on AS outcome_known_on,
    f.denied,
    CAST(f.denied_amount AS DOUBLE) AS denied_amount,
    f.category, f.group_code, f.carc, f.rarc,
    CAST(f.paid_amount AS DOUBLE) AS paid_amount,
    CAST(f.allowed AS DOUBLE) AS allowed_amount,
    CAST(f.patient_responsibility_amount AS DOUBLE) AS patient_responsibility_amount,
    f.remittance_id,
    s.rejected_on
FROM counted s LEFT JOIN first_answers f ON f.submission_id = s.submission_id
ORDER BY s.submitted_on, s.submission_id;

-- A line is answered by the line that bears its control number (REF*6R; where we sent none, its number), else by procedure,
-- modifiers and day, else by its place among those left.
-- name: line_pairs
CREATE TEMP TABLE line_pairs AS
WITH sent AS (
    SELECT f.remittance_id, c.submission_id, c.line_number, c.procedure_code, c.modifiers, c.service_from_on,
           coalesce(c.line_control_number, CAST(c.line_number AS VARCHAR)) AS control,
           row_number() OVER (
               PARTITION BY c.submission_id, coalesce(c.line_control_number, CAST(c.line_number AS VARCHAR)) ORDER BY c.line_number
           ) AS turn
    FROM claim_lines c JOIN first_answers f ON f.submission_id = c.submission_id
),
got AS (
    SELECT l.remittance_id, l.line_position, coalesce(l.submitted_procedure_code, l.procedure_code) AS procedure_code, l.modifiers,
           l.service_from_on, l.line_control_number AS control,
           row_number() OVER (PARTITION BY l.remittance_id, l.line_control_number ORDER BY l.line_position) AS turn
    FROM remittance_lines l JOIN first_answers f ON f.remittance_id = l.remittance_id
),
by_control AS (
    SELECT s.remittance_id, s.submission_id, s.line_number, g.line_position
    FROM sent s JOIN got g ON g.remittance_id = s.remittance_id AND g.control = s.control AND g.turn = s.turn
),
sent_left AS (
    SELECT s.* EXCLUDE (turn), row_number() OVER (
        PARTITION BY s.remittance_id, s.procedure_code, s.modifiers, s.service_from_on ORDER BY s.line_number) AS turn
    FROM sent s ANTI JOIN by_control b ON b.submission_id = s.submission_id AND b.line_number = s.line_number
),
got_left AS (
    SELECT g.* EXCLUDE (turn), row_number() OVER (
        PARTITION BY g.remittance_id, g.procedure_code, g.modifiers, g.service_from_on ORDER BY g.line_position) AS turn
    FROM got g ANTI JOIN by_control b ON b.remittance_id = g.remittance_id AND b.line_position = g.line_position
),
by_code AS (
    SELECT s.remittance_id, s.submission_id, s.line_number, g.line_position
    FROM sent_left s
    JOIN got_left g ON g.remittance_id = s.remittance_id AND g.turn = s.turn
     AND g.procedure_code IS NOT DISTINCT FROM s.procedure_code AND coalesce(g.modifiers, []) = coalesce(s.modifiers, [])
     AND g.service_from_on IS NOT DISTINCT FROM s.service_from_on
),
by_place AS (
    SELECT s.remittance_id, s.submission_id, s.line_number, g.line_position
    FROM (
        SELECT s.*, row_number() OVER (PARTITION BY s.remittance_id ORDER BY s.line_number) AS place
        FROM sent_left s ANTI JOIN by_code b ON b.submission_id = s.submission_id AND b.line_number = s.line_number
    ) s
    JOIN (
        SELECT g.*, row_number() OVER (PARTITION BY g.remittance_id ORDER BY g.line_position) AS place
        FROM got_left g ANTI JOIN by_code b ON b.remittance_id = g.remittance_id AND b.line_position = g.line_position
    ) g ON g.remittance_id = s.remittance_id AND g.place = s.place
)
SELECT * FROM by_control UNION ALL SELECT * FROM by_code UNION ALL SELECT * FROM by_place;

-- name: lines
WITH largest AS (
    SELECT * FROM denied_adjustments
    QUALIFY row_number() OVER (PARTITION BY remittance_id, line_position ORDER BY adjustment_amount DESC, position) = 1
),
sums AS (
    SELECT remittance_id, line_position, sum(adjustment_amount) AS denied_amount
    FROM denied_adjustments GROUP BY remittance_id, line_position
)
SELECT
    p.submission_id, p.line_number,
    s.denied_amount IS NOT NULL AS denied,
    CAST(coalesce(s.denied_amount, 0) AS DOUBLE) AS denied_amount,
    d.category, d.carc,
    CAST(l.paid_amount AS DOUBLE) AS paid_amount
FROM line_pairs p
JOIN remittance_lines l ON l.remittance_id = p.remittance_id AND l.line_position = p.line_position
LEFT JOIN sums s ON s.remittance_id = p.remittance_id AND s.line_position = p.line_position
LEFT JOIN largest d ON d.remittance_id = p.remittance_id AND d.line_position = p.line_position
ORDER BY p.submission_id, p.line_number;

-- Later answers of the same payer for the same claim: the same control number and, where both say one, the same service day.
-- What a later answer to an earlier submission pays was no recovery of this denial (the original of a duplicate gets paid).
-- Appeal money and 835 money are the same dollars told twice, so the larger counts, not the sum.
-- name: denials
WITH denials AS (
    SELECT m.*, s.submitted_on FROM matched m LEFT JOIN counted s ON s.submission_id = m.submission_id
    WHERE m.denied AND m.remittance_id NOT IN (SELECT remittance_id FROM cancelled)
),
later AS (
    SELECT d.remittance_id AS denial, m.known_on, m.paid_amount, m.denied, m.is_reversal,
           d.submission_id IS NULL OR m.submission_id IS NULL OR m.submission_id = d.submission_id
               OR s.submitted_on > d.submitted_on AS is_recovery,
           m.remittance_id IN (SELECT remittance_id FROM cancelled) AS is_cancelled,
           m.remittance_id IN (SELECT remittance_id FROM taken_back) AS is_taken_back
    FROM denials d
    JOIN matched m
      ON m.patient_control_number = d.patient_control_number AND m.payer_id IS NOT DISTINCT FROM d.payer_id
     AND coalesce(m.service_from_on = d.service_from_on, true)
     AND (m.known_on, m.source_key, m.place) > (d.known_on, d.source_key, d.place)
    LEFT JOIN counted s ON s.submission_id = m.submission_id
),
after_denial AS (
    SELECT
        denial,
        min(known_on) FILTER (NOT denied AND NOT is_reversal AND NOT is_cancelled AND NOT is_taken_back) AS resolved_on,
        min(known_on) FILTER (denied AND NOT is_cancelled AND is_recovery) AS superseded_on,
        coalesce(sum(paid_amount) FILTER (is_recovery), 0) AS paid_amount
    FROM later GROUP BY denial
),
appealed AS (
    SELECT
        d.remittance_id AS denial,
        min(a.decided_on) FILTER (a.outcome = 'overturned') AS overturned_on,
        sum(a.recovered_amount) AS recovered_amount
    FROM denials d
    JOIN appeals a
      ON a.patient_control_number = d.patient_control_number AND a.payer_id = d.payer_id AND a.filed_on >= d.known_on
    WHERE a.decided_on IS NOT NULL
    GROUP BY d.remittance_id
),
-- The latest submission of the claim on or after the denial; a void (frequency 8) sends nothing again.
resubmitted AS (
    SELECT d.remittance_id AS denial, s.submitted_on, s.rejected_on, s.payer_id, f.remittance_id IS NOT NULL AS is_answered
    FROM denials d
    JOIN counted s
      ON s.patient_control_number = d.patient_control_number AND s.submission_id IS DISTINCT FROM d.submission_id
     AND s.submitted_on >= d.known_on AND s.frequency_code IS DISTINCT FROM '8'
    LEFT JOIN first_answers f ON f.submission_id = s.submission_id
    QUALIFY row_number() OVER (PARTITION BY d.remittance_id ORDER BY s.submitted_on DESC, s.submission_id DESC) = 1
)
SELECT
    d.submission_id, d.remittance_id, d.patient_control_number, d.payer_id,
    d.known_on AS denied_on,
    CAST(d.denied_amount AS DOUBLE) AS denied_amount,
    d.category, d.group_code, d.carc, d.rarc,
    least(l.resolved_on, a.overturned_on) AS resolved_on,
    CAST(greatest(coalesce(l.paid_amount, 0), coalesce(a.recovered_amount, 0), 0) AS DOUBLE) AS recovered_amount,
    l.superseded_on,
    r.submitted_on AS resubmitted_on, r.payer_id AS resubmission_payer_id, r.rejected_on AS resubmission_rejected_on,
    coalesce(r.is_answered, false) AS resubmission_is_answered
FROM denials d
LEFT JOIN resubmitted r ON r.denial = d.remittance_id
LEFT JOIN after_denial l ON l.denial = d.remittance_id
LEFT JOIN appealed a ON a.denial = d.remittance_id
ORDER BY d.known_on, d.remittance_id;

-- name: answers
SELECT m.remittance_id, m.submission_id, m.patient_control_number, m.payer_id, m.known_on, m.is_reversal, m.denied,
       CAST(m.denied_amount AS DOUBLE) AS denied_amount, m.category, m.group_code, m.carc, m.rarc,
       CAST(m.paid_amount AS DOUBLE) AS paid_amount, t.taken_back_on
FROM matched m LEFT JOIN taken_back t ON t.remittance_id = m.remittance_id
ORDER BY m.known_on, m.remittance_id;

-- name: unmatched
SELECT m.remittance_id, m.patient_control_number, m.payer_id, m.known_on,
       CASE
           WHEN s.submission_count IS NULL THEN 'no such claim was submitted'
           WHEN s.first_on > m.known_on THEN 'answered before it was submitted'
           ELSE 'never submitted to this payer'
       END AS reason
FROM matched m
LEFT JOIN (
    SELECT patient_control_number, count(*) AS submission_count, min(submitted_on) AS first_on FROM counted GROUP BY ALL
) s ON s.patient_control_number = m.patient_control_number
WHERE m.submission_id IS NULL
ORDER BY m.known_on, m.remittance_id;
