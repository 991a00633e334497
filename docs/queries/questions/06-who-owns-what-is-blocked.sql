-- Who owns what is blocked?
--
-- Account, unit, and what tags and Terraform states say of the objects that a move would change.
-- Several rows for an NLB that several findings block, or whose objects have several owners.
SELECT DISTINCT
  b.account,
  a.account_name,
  a.ou,
  b.region,
  b.nlb_name,
  b.code AS blocked_by,
  b.says AS because,
  o.code AS owner,
  o.details AS owns
FROM findings b
LEFT JOIN findings o
  ON o.nlb_arn = b.nlb_arn AND (o.code LIKE 'managed-by-%' OR o.code = 'owner-unknown')
LEFT JOIN accounts a ON a.account = b.account
WHERE b.bearing = 'blocks' AND b.nlb_arn IS NOT NULL
ORDER BY
  b.account, b.region, b.nlb_name, blocked_by, because, owner NULLS LAST, owns NULLS LAST
