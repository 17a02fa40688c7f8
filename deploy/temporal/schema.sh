#!/bin/sh
# Brings Temporal's two databases to the schema of this version of Temporal; repeats harmlessly.
# How they are reached is in SQL_HOST and the like, which the tool reads itself.
set -eu

versions=/etc/temporal/schema/postgresql/v12

bring_up_to_date() { # the database, and what it is for
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$versions/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
