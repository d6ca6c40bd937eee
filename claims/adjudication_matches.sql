-- Rejections before adjudication, and matches of answers to submissions where the control number was submitted once.

-- A 277CA speaks of the latest submission made by then; its payer counts only where it is one that the claim went to.
-- A 999 that refuses a transaction set refuses every claim in it; control numbers come round again, so the latest set counts.
-- name: rejections
CREATE TEMP TABLE rejections AS
WITH acknowledged AS (
    SELECT s.submission_id, a.known_on, a.category_codes, a.status_codes, a.entity_codes
    FROM (SELECT *, row_number() OVER () AS answer FROM acknowledgments) a
    JOIN submissions s ON s.patient_control_number = a.patient_control_number AND s.submitted_on <= a.known_on
    WHERE a.is_rejection
    QUALIFY row_number() OVER (
        PARTITION BY a.answer ORDER BY s.payer_id IS NOT DISTINCT FROM a.payer_id DESC, s.submitted_on DESC, s.submission_id
    ) = 1
),
refused_sets AS (
    SELECT t.source_key, y.known_on
    FROM (SELECT *, row_number() OVER () AS answer FROM syntax_reports) y
    JOIN transactions t
      ON t.group_control_number = y.group_control_number
     AND t.transaction_control_number = y.transaction_control_number
     AND t.kind IN ('837P', '837I') AND t.known_on <= y.known_on
    WHERE y.accepted_code NOT IN ('A', 'E')
    QUALIFY row_number() OVER (PARTITION BY y.answer ORDER BY t.known_on DESC, t.source_key) = 1
)
SELECT submission_id, known_on AS rejected_on, category_codes, status_codes, entity_codes
FROM (
    SELECT * FROM acknowledged
    UNION ALL
    SELECT s.submission_id, x.known_on, NULL, NULL, NULL FROM refused_sets x JOIN submissions s ON s.source_key = x.source_key
)
QUALIFY row_number() OVER (PARTITION BY submission_id ORDER BY known_on, status_codes IS NULL, status_codes) = 1;

-- name: counted
CREATE TEMP TABLE counted AS
SELECT s.*, x.rejected_on, count(*) OVER (PARTITION BY s.patient_control_number) AS submission_count
FROM submissions s LEFT JOIN rejections x ON x.submission_id = s.submission_id;

-- The same rule as adjudication_matching.candidates, for one submission.
-- name: single_matches
CREATE TEMP TABLE single_matches AS
SELECT r.remittance_id, s.submission_id
FROM answers r
JOIN counted s ON s.patient_control_number = r.patient_control_number AND s.submission_count = 1
WHERE s.submitted_on <= r.known_on
  AND (
    s.payer_id = r.payer_id
    OR CASE
        WHEN r.claim_status_code IN ('1', '19') THEN 'P'
        WHEN r.claim_status_code IN ('2', '20') THEN 'S'
        WHEN r.claim_status_code IN ('3', '21') THEN 'T'
        ELSE coalesce(s.payer_sequence_code, 'P')
    END = coalesce(s.payer_sequence_code, 'P')
  );

-- name: repeated_submissions
SELECT patient_control_number, submission_id, payer_id, payer_sequence_code, frequency_code, submitted_on, charge_amount,
       service_from_on, rejected_on
FROM counted WHERE submission_count > 1
ORDER BY patient_control_number, submitted_on, submission_id;

-- name: repeated_answers
SELECT r.patient_control_number, r.remittance_id, r.payer_id, r.claim_status_code, r.frequency_code,
       r.payer_claim_control_number, r.known_on, r.charge_amount, r.service_from_on,
       r.denied AND r.category = 'duplicate' AS denies_as_duplicate
FROM answers r
WHERE r.patient_control_number IN (SELECT patient_control_number FROM counted WHERE submission_count > 1)
ORDER BY r.patient_control_number, r.known_on, r.source_key, r.place;
