-- Lines that a primary payer priced plainly, what they were expected to be allowed, and the claims that fall short.

-- A line is plain where nothing but the contract, the patient's share and sequestration changed it: other adjustments (bundling,
-- capitation, a prior payer, reductions for several procedures) price it in ways that no fee tells. The claim may bear no others.
-- name: plain_lines
CREATE TEMP TABLE plain_lines AS
WITH of_line AS (
    SELECT remittance_id, line_position,
           coalesce(sum(adjustment_amount) FILTER (carc = '45'), 0) AS contractual_amount,
           bool_and(carc IN ('45', '1', '2', '3', '253') OR adjustment_amount = 0) AS is_plain
    FROM adjustments GROUP BY remittance_id, line_position
)
SELECT
    a.remittance_id, a.submission_id, a.patient_control_number, a.payer_id, a.known_on, a.taken_back_on, l.line_position,
    l.procedure_code, coalesce(list_sort(l.modifiers), []) AS modifiers,
    coalesce(l.service_from_on, r.service_from_on, a.known_on) AS served_on,
    CAST(l.charge_amount AS DOUBLE) AS charge_amount,
    CAST(l.charge_amount - coalesce(o.contractual_amount, 0) AS DOUBLE) AS allowed_amount,
    coalesce(nullif(l.paid_units, 0), 1) AS units
FROM answers a
JOIN remittances r ON r.remittance_id = a.remittance_id
JOIN remittance_lines l ON l.remittance_id = a.remittance_id
LEFT JOIN of_line o ON o.remittance_id = l.remittance_id AND o.line_position = l.line_position
LEFT JOIN of_line c ON c.remittance_id = a.remittance_id AND c.line_position = -1
LEFT JOIN claims s ON s.submission_id = a.submission_id
WHERE NOT a.is_reversal AND r.claim_status_code NOT IN ('2', '3', '20', '21', '22')
  AND coalesce(s.payer_sequence_code, 'P') = 'P'
  AND coalesce(o.is_plain, true) AND (c.remittance_id IS NULL OR (c.is_plain AND c.contractual_amount = 0))
  AND l.procedure_code IS NOT NULL AND a.payer_id IS NOT NULL AND l.charge_amount > 0;

-- What was allowed in full says only that the fee is no less than the charge, so it teaches nothing. Strictly before the day.
-- name: expected_lines
CREATE TEMP TABLE expected_lines AS
WITH learned AS (
    SELECT *,
        count(fee) OVER past AS known_count, median(fee) OVER past AS usual_fee, quantile_cont(fee, 0.1) OVER past AS low_fee
    FROM (
        SELECT *, CASE WHEN allowed_amount > 0 AND allowed_amount < charge_amount THEN allowed_amount / units END AS fee
        FROM plain_lines
    )
    WINDOW past AS (
        PARTITION BY payer_id, procedure_code, modifiers ORDER BY known_on
        RANGE BETWEEN INTERVAL 365 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING
    )
)
SELECT l.* EXCLUDE (fee, known_count, usual_fee, low_fee), f.allowed_amount IS NOT NULL AS is_contracted,
    CASE
        WHEN f.allowed_amount IS NOT NULL THEN least(l.charge_amount, l.units * f.allowed_amount)
        WHEN l.known_count >= $least_count AND l.low_fee >= l.usual_fee * (1 - $tolerance)
            THEN least(l.charge_amount, l.units * l.usual_fee)
    END AS expected_amount
FROM learned l
LEFT JOIN fees f
  ON f.payer_id = l.payer_id AND f.procedure_code = l.procedure_code AND f.modifiers = l.modifiers
 AND f.effective_from <= l.served_on AND coalesce(f.effective_to >= l.served_on, true);

-- What a claim falls short of over all its expected lines, one against the other; later payments of the payer come off.
-- name: underpayments
WITH claim AS (
    SELECT remittance_id, any_value(submission_id) AS submission_id, any_value(patient_control_number) AS patient_control_number,
           any_value(payer_id) AS payer_id, any_value(known_on) AS known_on, any_value(taken_back_on) AS taken_back_on,
           sum(expected_amount) AS expected_amount, sum(allowed_amount) AS allowed_amount,
           bool_or(is_contracted) AS is_contracted,
           bool_or(expected_amount - allowed_amount > greatest(expected_amount * $tolerance, $least_line_amount)) AS has_short_line
    FROM expected_lines WHERE expected_amount IS NOT NULL GROUP BY remittance_id
),
later AS (
    SELECT c.remittance_id, sum(a.paid_amount) AS paid_amount
    FROM claim c
    JOIN answers a ON a.patient_control_number = c.patient_control_number AND a.payer_id = c.payer_id AND a.known_on > c.known_on
    WHERE c.has_short_line GROUP BY c.remittance_id
)
SELECT c.* EXCLUDE (has_short_line), c.expected_amount - c.allowed_amount AS shortfall_amount,
       greatest(coalesce(l.paid_amount, 0), 0) AS paid_since_amount
FROM claim c LEFT JOIN later l ON l.remittance_id = c.remittance_id
WHERE c.has_short_line AND c.expected_amount - c.allowed_amount >= $least_claim_amount
ORDER BY c.known_on, c.remittance_id;
