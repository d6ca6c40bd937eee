-- What the detectors watch: one row per answered submission and service group on it, with what that group was denied for.

-- name: watched
WITH services AS (
    SELECT submission_id, line_number, left(coalesce(nullif(procedure_code, ''), revenue_code, ''), 3) AS family, charge_amount
    FROM claim_lines
),
answered AS (
    SELECT s.submission_id, s.outcome_known_on AS known_on, s.denied, s.denied_amount, s.category, coalesce(c.payer_id, '') AS payer,
           c.patient_control_number AS claim_id, coalesce(c.patient_key, c.submission_id) AS patient,
           coalesce(nullif(c.facility_npi, ''), nullif(c.facility_name, ''), c.billing_provider_npi, '') AS location
    FROM submissions s JOIN claims c ON c.submission_id = s.submission_id
    WHERE s.outcome_known_on IS NOT NULL AND coalesce(c.frequency_code, '1') <> '7'
),
by_line AS (
    SELECT v.submission_id, v.family, l.category, sum(l.denied_amount) AS denied_amount
    FROM services v JOIN lines l ON l.submission_id = v.submission_id AND l.line_number = v.line_number AND l.denied
    GROUP BY ALL
),
-- Denied as a whole: under its dearest service.
whole AS (
    SELECT a.submission_id, v.family, a.category, a.denied_amount
    FROM answered a
    JOIN services v ON v.submission_id = a.submission_id
    WHERE a.denied AND a.submission_id NOT IN (SELECT submission_id FROM by_line)
    QUALIFY row_number() OVER (PARTITION BY v.submission_id ORDER BY v.charge_amount DESC, v.line_number) = 1
),
denied AS (
    SELECT * FROM by_line UNION ALL SELECT * FROM whole
)
SELECT a.submission_id, a.claim_id, a.known_on, a.patient, a.payer, a.location, v.family, coalesce(d.category, '') AS cause,
       coalesce(CAST(d.denied_amount AS DOUBLE), 0) AS denied_amount
FROM answered a
JOIN (SELECT DISTINCT submission_id, family FROM services) v ON v.submission_id = a.submission_id
LEFT JOIN denied d ON d.submission_id = v.submission_id AND d.family = v.family
ORDER BY a.known_on, a.submission_id, v.family;
