-- Which accounts and regions were not seen, or not to the full?
--
-- kind 'rest' is everything that was still to be read of a region, or with region 'global' of the
-- account. region is NULL for an account that nobody tried to read, such as a suspended one.
SELECT
  a.account,
  a.account_name,
  a.status,
  a.seen,
  g.region,
  g.kind,
  g.what,
  g.class,
  COUNT(g.class) AS gaps,
  MIN(g.message) AS message
FROM accounts a
LEFT JOIN gaps g ON g.account = a.account
WHERE NOT a.complete
GROUP BY a.account, a.account_name, a.status, a.seen, g.region, g.kind, g.what, g.class
ORDER BY a.seen, a.account, g.region NULLS FIRST, g.kind, g.what NULLS FIRST, g.class
