-- Which verdicts are there in which region?
SELECT
  region,
  COUNT(*) AS nlbs,
  COUNT(CASE WHEN verdict = 'removable' THEN 1 END) AS removable,
  COUNT(CASE WHEN verdict = 'already-direct' THEN 1 END) AS already_direct,
  COUNT(CASE WHEN verdict = 'removable-if' THEN 1 END) AS removable_if,
  COUNT(CASE WHEN verdict = 'rewirable' THEN 1 END) AS rewirable,
  COUNT(CASE WHEN verdict = 'blocked' THEN 1 END) AS blocked,
  COUNT(CASE WHEN verdict = 'not-a-bridge' THEN 1 END) AS not_a_bridge
FROM nlbs
GROUP BY region
ORDER BY nlbs DESC, region
