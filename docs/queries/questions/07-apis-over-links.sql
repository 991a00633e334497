-- Which APIs ride over which version 1 link and NLB?
--
-- api_name is NULL for a link that no API leads over. An NLB with several rows carries several APIs,
-- or is the target of several links.
SELECT
  l.account,
  l.region,
  l.vpc_link_id,
  l.link_name,
  c.nlb_name,
  c.api_type,
  c.api_name,
  c.api_id,
  COUNT(DISTINCT c.stage) AS stages,
  COUNT(CASE WHEN c.deployed THEN 1 END) AS methods_on_stages,
  l.target_arns
FROM links l
LEFT JOIN chains c
  ON c.account = l.account AND c.region = l.region AND c.vpc_link_id = l.vpc_link_id
  AND c.link_version = l.link_version
WHERE l.link_version = 1
GROUP BY
  l.account, l.region, l.vpc_link_id, l.link_name, c.nlb_name, c.api_type, c.api_name, c.api_id,
  l.target_arns
ORDER BY l.account, l.region, l.vpc_link_id, c.api_id NULLS FIRST, c.nlb_name NULLS FIRST
