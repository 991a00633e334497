-- What is removable only if something is checked first: what has to be checked, and for how much?
--
-- saves is what a month less costs once every check of that NLB turned out well.
SELECT
  r.account,
  r.region,
  r.nlb_name,
  r.kind,
  r.says AS to_be_checked,
  c.currency,
  c.monthly_savings_low AS saves_at_least,
  c.monthly_savings AS saves
FROM reasons r
JOIN costs c ON c.nlb_arn = r.nlb_arn
WHERE r.verdict = 'removable-if'
ORDER BY saves_at_least DESC NULLS LAST, r.nlb_arn, r.kind, to_be_checked
