#!/bin/sh
# Makes the databases and their owners, on the first start of an empty PostgreSQL.
# Each owner reaches its own databases only.
set -eu

: "${POSTGRES_TEMPORAL_PASSWORD:?is missing}" "${POSTGRES_FIRSTLINE_PASSWORD:?is missing}"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set temporal="$POSTGRES_TEMPORAL_PASSWORD" \
  --set firstline="$POSTGRES_FIRSTLINE_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE firstline LOGIN PASSWORD :'firstline';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE firstline OWNER firstline;
REVOKE ALL ON DATABASE temporal, temporal_visibility, firstline FROM PUBLIC;
SQL
