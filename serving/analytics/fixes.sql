-- Weeks of submissions around the start of an action, treated and controls: only answers old enough to have come.

-- Treated: the payer. Controls: the same cause at all other payers.
-- name: weeks_of_payer
SELECT
    CAST(floor(date_diff('day', $started_on, submitted_on) / 7.0) AS INTEGER) AS week,
    payer = $payer AS is_treated,
    CAST(count(*) FILTER (is_denied AND reason = $cause) AS INTEGER) AS denied,
    CAST(count(*) AS INTEGER) AS answered
FROM facts
WHERE answered_on IS NOT NULL AND answer_due_on <= $as_of AND frequency_code <> '7' AND submitted_on >= $first_on
GROUP BY ALL ORDER BY ALL;

-- Treated: the cause. Controls: all other causes on the same claims.
-- name: weeks_of_all
SELECT
    CAST(floor(date_diff('day', $started_on, submitted_on) / 7.0) AS INTEGER) AS week,
    side.is_treated,
    CAST(count(*) FILTER (is_denied AND (reason = $cause) = side.is_treated) AS INTEGER) AS denied,
    CAST(count(*) AS INTEGER) AS answered
FROM facts CROSS JOIN (VALUES (true), (false)) side (is_treated)
WHERE answered_on IS NOT NULL AND answer_due_on <= $as_of AND frequency_code <> '7' AND submitted_on >= $first_on
GROUP BY ALL ORDER BY ALL;
