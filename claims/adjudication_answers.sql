-- What each remittance denies. Mirrors claims.denial.denied_adjustments; the category itself is looked up in `classification`,
-- which Python fills through claims.denial.classify_adjustment for the distinct combinations of :combinations below.

-- name: facts
CREATE TEMP TABLE facts AS
WITH cost_share AS (
    SELECT DISTINCT remittance_id, line_position FROM adjustments WHERE carc IN ('1', '2', '3')
)
SELECT
    a.remittance_id, a.line_position, a.position, a.group_code, a.carc, a.adjustment_amount,
    CASE WHEN len(l.remark_codes) > 0 THEN l.remark_codes ELSE coalesce(r.remark_codes, []) END AS remarks,
    CASE
        WHEN a.line_position < 0 THEN r.paid_amount = 0 AND r.patient_responsibility_amount = 0
        ELSE l.paid_amount = 0 AND c.remittance_id IS NULL
    END AS nothing_allowed
FROM adjustments a
JOIN remittances r ON r.remittance_id = a.remittance_id
LEFT JOIN remittance_lines l ON l.remittance_id = a.remittance_id AND l.line_position = a.line_position
LEFT JOIN cost_share c ON c.remittance_id = a.remittance_id AND c.line_position = a.line_position
WHERE r.claim_status_code <> '22' AND a.adjustment_amount >= 0.01;

-- name: combinations
SELECT DISTINCT carc, remarks, nothing_allowed FROM facts;

-- name: denied_adjustments
CREATE TEMP TABLE denied_adjustments AS
SELECT
    f.remittance_id, f.line_position, f.position, f.group_code, f.carc, f.adjustment_amount,
    k.category, f.remarks[1] AS rarc
FROM facts f
JOIN classification k ON k.carc = f.carc AND k.remarks = f.remarks AND k.nothing_allowed = f.nothing_allowed;

-- The adjustment that took most gives category and codes; of equals, the one that stands first.
-- name: answers
CREATE TEMP TABLE answers AS
WITH largest AS (
    SELECT * FROM denied_adjustments
    QUALIFY row_number() OVER (PARTITION BY remittance_id ORDER BY adjustment_amount DESC, position) = 1
),
sums AS (
    SELECT remittance_id, sum(adjustment_amount) AS denied_amount FROM denied_adjustments GROUP BY remittance_id
),
line_allowed AS (
    SELECT remittance_id, sum(allowed_amount) AS allowed_amount FROM remittance_lines GROUP BY remittance_id
)
SELECT
    r.*,
    r.claim_status_code = '22' AS is_reversal,
    CAST(regexp_extract(r.remittance_id, '-([0-9]+)$', 1) AS BIGINT) AS place,
    s.denied_amount IS NOT NULL AS denied,
    coalesce(s.denied_amount, 0) AS denied_amount,
    d.category, d.group_code, d.carc, d.rarc,
    coalesce(r.allowed_amount, a.allowed_amount, r.paid_amount + r.patient_responsibility_amount) AS allowed
FROM remittances r
LEFT JOIN sums s ON s.remittance_id = r.remittance_id
LEFT JOIN largest d ON d.remittance_id = r.remittance_id
LEFT JOIN line_allowed a ON a.remittance_id = r.remittance_id;
