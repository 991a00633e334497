-- What blocks the most money?
--
-- What the NLBs that a finding blocks could save a month. Most are blocked by several findings and
-- count with each of them, so these rows do not add up.
SELECT
  f.code,
  f.title,
  c.currency,
  COUNT(*) AS nlbs,
  SUM(c.monthly_potential_low) AS blocks_at_least,
  CASE WHEN COUNT(*) = COUNT(c.monthly_potential) THEN SUM(c.monthly_potential) END AS blocks,
  f.remedy
FROM (
  SELECT DISTINCT nlb_arn, code, title, remedy
  FROM findings
  WHERE bearing = 'blocks' AND nlb_arn IS NOT NULL
) f
JOIN costs c ON c.nlb_arn = f.nlb_arn
GROUP BY f.code, f.title, f.remedy, c.currency
ORDER BY blocks_at_least DESC NULLS LAST, f.code, c.currency
