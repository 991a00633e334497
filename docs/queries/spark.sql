-- Views over datasets in a folder or a bucket, for Spark. Put the place for DATASETS.
--
-- Accounts are texts: Spark would take them for numbers otherwise, and lose leading zeros.
SET spark.sql.sources.partitionColumnTypeInference.enabled = false;
CREATE OR REPLACE TEMPORARY VIEW nlbs USING parquet OPTIONS (path 'DATASETS/nlbs');
CREATE OR REPLACE TEMPORARY VIEW reasons USING parquet OPTIONS (path 'DATASETS/reasons');
CREATE OR REPLACE TEMPORARY VIEW tags USING parquet OPTIONS (path 'DATASETS/tags');
CREATE OR REPLACE TEMPORARY VIEW findings USING parquet OPTIONS (path 'DATASETS/findings');
CREATE OR REPLACE TEMPORARY VIEW chains USING parquet OPTIONS (path 'DATASETS/chains');
CREATE OR REPLACE TEMPORARY VIEW links USING parquet OPTIONS (path 'DATASETS/links');
CREATE OR REPLACE TEMPORARY VIEW costs USING parquet OPTIONS (path 'DATASETS/costs');
CREATE OR REPLACE TEMPORARY VIEW components USING parquet OPTIONS (path 'DATASETS/components');
CREATE OR REPLACE TEMPORARY VIEW gaps USING parquet OPTIONS (path 'DATASETS/gaps');
CREATE OR REPLACE TEMPORARY VIEW accounts USING parquet OPTIONS (path 'DATASETS/accounts');
