-- Which ten bridges cost most?
--
-- By what is expected, or where that is not known by what is certain; missing says why it is not.
-- Amounts of different currencies do not compare: choose one with several.
SELECT
  c.account,
  a.account_name,
  c.region,
  c.nlb_name,
  c.verdict,
  c.currency,
  c.monthly_cost_low,
  c.monthly_cost,
  c.monthly_savings,
  c.missing
FROM costs c
LEFT JOIN accounts a ON a.account = c.account
WHERE c.verdict <> 'not-a-bridge'
ORDER BY COALESCE(c.monthly_cost, c.monthly_cost_low) DESC NULLS LAST, c.nlb_arn
LIMIT 10
