-- What can go, and what does that save a month, account by account?
--
-- saves_at_least adds up what is certain. saves is what is expected, and NULL where that is not known
-- of every NLB; not_known counts those.
SELECT
  c.account,
  a.account_name,
  c.verdict,
  c.currency,
  COUNT(*) AS nlbs,
  SUM(c.monthly_savings_low) AS saves_at_least,
  CASE WHEN COUNT(*) = COUNT(c.monthly_savings) THEN SUM(c.monthly_savings) END AS saves,
  COUNT(*) - COUNT(c.monthly_savings) AS not_known
FROM costs c
LEFT JOIN accounts a ON a.account = c.account
WHERE c.verdict IN ('removable', 'already-direct', 'removable-if')
GROUP BY c.account, a.account_name, c.verdict, c.currency
ORDER BY saves_at_least DESC NULLS LAST, c.account, c.verdict, c.currency
