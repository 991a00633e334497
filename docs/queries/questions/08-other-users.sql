-- Which NLBs have other users than API Gateway, and which?
SELECT
  f.account,
  f.region,
  f.nlb_name,
  f.verdict,
  f.code,
  f.says,
  f.details,
  f.accepted
FROM findings f
WHERE f.bearing = 'other-user'
ORDER BY f.account, f.region, f.nlb_name, f.code, f.says, f.details NULLS FIRST
