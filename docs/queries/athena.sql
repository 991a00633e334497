-- Tables over datasets in a bucket, for Athena. Put the place for s3://BUCKET/PREFIX.
--
-- Athena takes one statement at a time. MSCK REPAIR TABLE finds the partitions from the names of the
-- objects. Partition projection would need every account listed in the definition of the table, or
-- named in every query.

CREATE EXTERNAL TABLE nlbs (
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `previous_verdict` string,
  `severity` string,
  `chains` bigint,
  `apis` bigint,
  `stages` bigint,
  `tags_read` boolean,
  `gaps` bigint,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/nlbs/';

MSCK REPAIR TABLE nlbs;

CREATE EXTERNAL TABLE reasons (
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `kind` string,
  `code` string,
  `gap_account` string,
  `gap_region` string,
  `gap_kind` string,
  `gap_what` string,
  `gap_class` string,
  `says` string,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/reasons/';

MSCK REPAIR TABLE reasons;

CREATE EXTERNAL TABLE tags (
  `about` string,
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `key` string,
  `value` string,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/tags/';

MSCK REPAIR TABLE tags;

CREATE EXTERNAL TABLE findings (
  `about` string,
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `vpc_link_id` string,
  `link_version` bigint,
  `code` string,
  `severity` string,
  `bearing` string,
  `title` string,
  `says` string,
  `details` string,
  `remedy` string,
  `evidence` string,
  `accepted` boolean,
  `accepted_reason` string,
  `accepted_until` date,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/findings/';

MSCK REPAIR TABLE findings;

CREATE EXTERNAL TABLE chains (
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `api_id` string,
  `api_name` string,
  `api_type` string,
  `stage` string,
  `resource_path` string,
  `http_method` string,
  `deployed` boolean,
  `in_draft` boolean,
  `vpc_link_id` string,
  `link_version` bigint,
  `nlb_listener_port` bigint,
  `ends_at` string,
  `alb_arn` string,
  `alb_listener_port` bigint,
  `end_reason` string,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/chains/';

MSCK REPAIR TABLE chains;

CREATE EXTERNAL TABLE links (
  `vpc_link_id` string,
  `link_version` bigint,
  `link_name` string,
  `status` string,
  `target_arns` string,
  `methods` bigint,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/links/';

MSCK REPAIR TABLE links;

CREATE EXTERNAL TABLE costs (
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `currency` string,
  `monthly_cost_low` decimal(38,12),
  `monthly_cost` decimal(38,12),
  `monthly_cost_high` decimal(38,12),
  `monthly_savings_low` decimal(38,12),
  `monthly_savings` decimal(38,12),
  `monthly_savings_high` decimal(38,12),
  `monthly_potential_low` decimal(38,12),
  `monthly_potential` decimal(38,12),
  `monthly_potential_high` decimal(38,12),
  `double_running_days` bigint,
  `double_running_low` decimal(38,12),
  `double_running` decimal(38,12),
  `double_running_high` decimal(38,12),
  `missing` string,
  `left_out` string,
  `confidence` string,
  `prices_as_of` date,
  `prices_days_old` bigint,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/costs/';

MSCK REPAIR TABLE costs;

CREATE EXTERNAL TABLE components (
  `nlb_arn` string,
  `nlb_name` string,
  `verdict` string,
  `item` string,
  `unit` string,
  `quantity_low` decimal(38,12),
  `quantity` decimal(38,12),
  `quantity_high` decimal(38,12),
  `currency` string,
  `unit_price` decimal(38,12),
  `price_source` string,
  `monthly_cost_low` decimal(38,12),
  `monthly_cost` decimal(38,12),
  `monthly_cost_high` decimal(38,12),
  `formula` string,
  `missing` string,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/components/';

MSCK REPAIR TABLE components;

CREATE EXTERNAL TABLE gaps (
  `kind` string,
  `what` string,
  `resource` string,
  `class` string,
  `message` string,
  `scanned_at` timestamp,
  `date` date
)
PARTITIONED BY (`account` string, `region` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/gaps/';

MSCK REPAIR TABLE gaps;

CREATE EXTERNAL TABLE accounts (
  `account` string,
  `account_name` string,
  `status` string,
  `ou` string,
  `ou_ids` string,
  `tags_read` boolean,
  `seen` boolean,
  `complete` boolean,
  `regions` bigint,
  `region_names` string,
  `nlbs` bigint,
  `gaps` bigint,
  `narrowed_by` string,
  `scanned_at` timestamp,
  `date` date
)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/accounts/';
