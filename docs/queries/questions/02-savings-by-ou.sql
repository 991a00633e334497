-- What do bridges cost and save a month in each organizational unit, and how much more would they
-- save if nothing were in the way?
--
-- A unit is NULL where AWS Organizations was not asked. An account counts in the unit that it stands
-- in, not in those above. Sums are of what is certain: not_known counts NLBs that may cost or save
-- more.
SELECT
  a.ou,
  c.currency,
  COUNT(DISTINCT c.account) AS accounts,
  COUNT(*) AS bridges,
  SUM(c.monthly_cost_low) AS costs_at_least,
  SUM(c.monthly_savings_low) AS saves_at_least,
  SUM(c.monthly_potential_low) AS could_save_at_least,
  COUNT(CASE WHEN c.monthly_cost IS NULL OR c.monthly_savings IS NULL THEN 1 END) AS not_known
FROM costs c
LEFT JOIN accounts a ON a.account = c.account
WHERE c.verdict <> 'not-a-bridge'
GROUP BY a.ou, c.currency
ORDER BY saves_at_least DESC NULLS LAST, a.ou NULLS LAST, c.currency
