-- Views over datasets in a folder or a bucket, for DuckDB. Put the place for DATASETS.
--
-- Accounts are texts: DuckDB would take them for numbers otherwise, and lose leading zeros.
CREATE OR REPLACE VIEW nlbs AS SELECT * FROM read_parquet(
  'DATASETS/nlbs/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW reasons AS SELECT * FROM read_parquet(
  'DATASETS/reasons/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW tags AS SELECT * FROM read_parquet(
  'DATASETS/tags/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW findings AS SELECT * FROM read_parquet(
  'DATASETS/findings/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW chains AS SELECT * FROM read_parquet(
  'DATASETS/chains/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW links AS SELECT * FROM read_parquet(
  'DATASETS/links/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW costs AS SELECT * FROM read_parquet(
  'DATASETS/costs/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW components AS SELECT * FROM read_parquet(
  'DATASETS/components/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW gaps AS SELECT * FROM read_parquet(
  'DATASETS/gaps/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false
);
CREATE OR REPLACE VIEW accounts AS SELECT * FROM read_parquet('DATASETS/accounts/*.parquet');
