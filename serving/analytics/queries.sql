-- Questions to the fact table. What stands in braces are expressions of the definitions, never of a request; values are
-- parameters. `touch_count` and its like come from the work queue and are there only for measures that need them.
-- In `scored`, claims sent after advice was followed stand under the cause that the score named: most were never denied.

-- name: worked
(SELECT f.*, coalesce(w.touch_count, 0) AS touch_count, w.last_touched_on, w.closed_on, coalesce(w.work_outcome, '') AS work_outcome,
        coalesce(w.underpaid_amount, 0) AS underpaid_amount,
        coalesce(w.work_avoidable, f.tier <> 'payer') AS is_avoidable
 FROM facts f LEFT JOIN work w ON w.claim_id = f.claim_id AND w.payer = f.payer)

-- name: scored
(SELECT f.* REPLACE (p.expected_reason AS reason, p.expected_tier AS tier, p.expected_owner AS owner),
        p.probability_before, p.probability_after, p.amount_if_denied
 FROM facts f JOIN prevented p ON p.submission_id = f.submission_id)

-- name: figures
WITH rows AS (
    SELECT {keys} ({known}) IS TRUE AS is_known, ({hit}) IS TRUE AS is_hit, {amount} AS amount, {weight} AS weight,
           coalesce({due} > $as_of, false) AS is_young
    FROM {source} WHERE ({population}) AND {filters}
),
segments AS (
    SELECT
        {names}
        count(*) FILTER (is_known) AS n,
        count(*) FILTER (NOT is_known) AS awaiting,
        avg(CASE WHEN is_young THEN 1 ELSE 0 END) AS young_share,
        count(*) FILTER (is_known AND is_hit) AS hits,
        coalesce(sum(amount) FILTER (is_known), 0) AS amount,
        coalesce(sum(weight) FILTER (is_known), 0) AS weight,
        {squares}
    FROM rows {grouped}
)
SELECT *, count(*) OVER () AS segment_count FROM segments ORDER BY {order} LIMIT $limit;

-- name: claims
SELECT submission_id, claim_id, payer, location, provider, procedure, submitted_on, {clock} AS counted_on, charge_amount,
       CASE WHEN is_case THEN case_denied_amount ELSE denied_amount END AS denied_amount, reason, carc, rarc,
       {counts} AS counts
FROM {source} WHERE ({population}) AND {filters} AND {part}
ORDER BY {clock} DESC NULLS LAST, submission_id LIMIT $limit OFFSET $offset;

-- name: claim_count
SELECT count(*) FROM {source} WHERE ({population}) AND {filters} AND {part};
