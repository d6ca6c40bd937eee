-- One row per submission, with what is known of it. A claim here is one control number at one payer for one service day; its
-- denials are one case, which stands with the submission that was denied first, so that its money counts once.

-- A claim is counted under the service of its dearest line; of equals, the first.
-- name: services
CREATE TEMP TABLE services AS
SELECT submission_id, coalesce(nullif(procedure_code, ''), revenue_code, '') AS procedure
FROM claim_lines
QUALIFY row_number() OVER (PARTITION BY submission_id ORDER BY charge_amount DESC, line_number) = 1;

-- name: sent
CREATE TEMP TABLE sent AS
SELECT
    c.*, s.* EXCLUDE (submission_id),
    row_number() OVER same_claim = 1 AS is_first,
    s.rejected_on IS NULL AND count(*) FILTER (s.rejected_on IS NULL) OVER same_claim = 1 AS is_initial,
    lead(c.submitted_on) OVER same_claim AS sent_again_on
FROM claims c JOIN submissions s ON s.submission_id = c.submission_id
WINDOW same_claim AS (
    PARTITION BY c.patient_control_number, c.payer_id, c.service_from_on ORDER BY c.submitted_on, c.submission_id
);

-- An appeal contests the latest denial of its claim and payer known on the filing day, as in features.appeals.
-- name: contests
CREATE TEMP TABLE contests AS
SELECT a.outcome, a.filed_on, a.decided_on, d.remittance_id
FROM (SELECT *, row_number() OVER () AS turn FROM appeals) a
JOIN denials d
  ON d.patient_control_number = a.patient_control_number AND coalesce(d.payer_id, '') = coalesce(a.payer_id, '')
 AND d.denied_on <= a.filed_on
QUALIFY row_number() OVER (PARTITION BY a.turn ORDER BY d.denied_on DESC, d.remittance_id DESC) = 1;

-- name: cases
CREATE TEMP TABLE cases AS
WITH appealed AS (
    SELECT
        remittance_id,
        min(filed_on) AS appealed_on,
        max(decided_on) AS decided_on,
        bool_or(coalesce(outcome IN ('overturned', 'partially_overturned') AND decided_on IS NOT NULL, false)) AS overturned,
        bool_or(coalesce(outcome = 'pending', true)) AS pending,
        bool_or(coalesce(outcome = 'upheld' AND decided_on IS NOT NULL, false)) AS upheld
    FROM contests GROUP BY remittance_id
),
owned AS (
    SELECT
        d.*, a.* EXCLUDE (remittance_id),
        d.resolved_on IS NULL AND d.superseded_on IS NULL AS is_open,
        s.patient_control_number AS claim, s.payer_id AS payer, s.service_from_on AS served_on
    FROM denials d
    JOIN sent s ON s.submission_id = d.submission_id
    LEFT JOIN appealed a ON a.remittance_id = d.remittance_id
)
SELECT
    first(submission_id ORDER BY denied_on, remittance_id) AS submission_id,
    first(remittance_id ORDER BY denied_on, remittance_id) AS remittance_id,
    min(denied_on) AS case_denied_on,
    first(denied_amount ORDER BY denied_on, remittance_id) AS case_denied_amount,
    first(category ORDER BY denied_on, remittance_id) AS case_category,
    first(carc ORDER BY denied_on, remittance_id) AS case_carc,
    first(rarc ORDER BY denied_on, remittance_id) AS case_rarc,
    count(*) AS denial_count,
    coalesce(sum(denied_amount) FILTER (is_open), 0) AS open_denied_amount,
    CASE WHEN NOT bool_or(is_open) THEN max(resolved_on) FILTER (superseded_on IS NULL) END AS resolved_on,
    coalesce(sum(recovered_amount) FILTER (superseded_on IS NULL), 0) AS recovered_amount,
    min(appealed_on) AS appealed_on,
    max(decided_on) AS appeal_decided_on,
    CASE
        WHEN bool_or(overturned) THEN 'overturned'
        WHEN bool_or(pending) THEN 'pending'
        WHEN bool_or(upheld) THEN 'upheld'
        WHEN min(appealed_on) IS NOT NULL THEN 'withdrawn'
    END AS appeal_outcome
FROM owned GROUP BY claim, payer, served_on;

-- name: facts
SELECT
    s.submission_id,
    s.patient_control_number AS claim_id,
    coalesce(s.payer_id, '') AS payer,
    coalesce(nullif(s.facility_npi, ''), nullif(s.facility_name, ''),
             concat_ws(' ', coalesce(s.billing_provider_npi, ''), coalesce(s.place_of_service_code, ''))) AS location,
    coalesce(s.rendering_provider_npi, '') AS provider,
    coalesce(s.rendering_taxonomy_code, '') AS specialty,
    coalesce(v.procedure, '') AS procedure,
    left(coalesce(v.procedure, ''), 3) AS procedure_family,
    s.claim_type,
    coalesce(s.claim_filing_indicator_code, '') AS plan_kind,
    s.frequency_code,
    s.submitted_on,
    s.service_from_on,
    CAST(coalesce(s.charge_amount, 0) AS DECIMAL(14, 2)) AS charge_amount,
    s.is_first, s.is_initial, s.sent_again_on, s.rejected_on,
    s.outcome_known_on AS answered_on,
    s.denied AS is_denied,
    CAST(s.denied_amount AS DECIMAL(14, 2)) AS denied_amount,
    CAST(s.paid_amount AS DECIMAL(14, 2)) AS paid_amount,
    coalesce(s.category, k.case_category, '') AS reason,
    coalesce(r.tier, '') AS tier,
    coalesce(r.owner, '') AS owner,
    CASE WHEN s.category IS NULL THEN coalesce(k.case_carc, '') ELSE coalesce(s.carc, '') END AS carc,
    CASE WHEN s.category IS NULL THEN coalesce(k.case_rarc, '') ELSE coalesce(s.rarc, '') END AS rarc,
    k.submission_id IS NOT NULL AS is_case,
    k.case_denied_on,
    CAST(k.case_denied_amount AS DECIMAL(14, 2)) AS case_denied_amount,
    CAST(k.denial_count AS INTEGER) AS denial_count,
    CAST(k.open_denied_amount AS DECIMAL(14, 2)) AS open_denied_amount,
    k.resolved_on,
    CAST(k.recovered_amount AS DECIMAL(14, 2)) AS recovered_amount,
    k.appealed_on, k.appeal_decided_on, k.appeal_outcome,
    s.submitted_on + CAST(coalesce(m.answer_days, $answer_days) AS INTEGER) AS answer_due_on,
    k.case_denied_on + CAST($appeal_days AS INTEGER) AS appeal_due_on,
    k.appealed_on + CAST($decision_days AS INTEGER) AS decision_due_on,
    k.case_denied_on + CAST($resolution_days AS INTEGER) AS resolution_due_on
FROM sent s
LEFT JOIN services v ON v.submission_id = s.submission_id
LEFT JOIN cases k ON k.submission_id = s.submission_id
LEFT JOIN root_causes r ON r.reason = coalesce(s.category, k.case_category)
LEFT JOIN answer_lags m ON m.payer_id = coalesce(s.payer_id, '')
ORDER BY s.submitted_on, s.submission_id;

-- name: lags
SELECT coalesce(payer_id, '') AS payer_id, submitted_on AS began_on, outcome_known_on AS ended_on, 'answer' AS kind FROM sent
WHERE outcome_known_on IS NOT NULL
UNION ALL SELECT '', case_denied_on, appealed_on, 'appeal' FROM cases WHERE appealed_on IS NOT NULL
UNION ALL SELECT '', appealed_on, appeal_decided_on, 'decision' FROM cases WHERE appeal_outcome IN ('overturned', 'upheld')
UNION ALL SELECT '', case_denied_on, resolved_on, 'resolution' FROM cases WHERE resolved_on IS NOT NULL;

-- name: unmatched
SELECT count(*), coalesce(sum(denied_amount), 0) FROM denials
WHERE submission_id IS NULL AND resolved_on IS NULL AND superseded_on IS NULL;

-- name: labels
SELECT 'payer' AS dimension, payer_id AS value, max_by(payer_name, submitted_on) AS label
FROM claims WHERE payer_name IS NOT NULL AND payer_id IS NOT NULL GROUP BY payer_id
UNION ALL
SELECT 'location', facility_npi, max_by(facility_name, submitted_on)
FROM claims WHERE facility_name IS NOT NULL AND facility_npi IS NOT NULL GROUP BY facility_npi;
