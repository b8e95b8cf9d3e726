#!/bin/sh
# Makes the roles and databases of Synapse and of Palabre's own store, each with the password in a file of its own, once.
# PostgreSQL's container runs it when its data are made; without containers: sudo -u postgres env PALABRE_SECRETS=… sh databases.sh
set -eu
PALABRE_SECRETS=${PALABRE_SECRETS:-/run/secrets}
export PALABRE_SECRETS
# A password is read by psql itself: it is in no process list.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\set synapse_password `cat "$PALABRE_SECRETS/synapse_password"`
\set palabre_password `cat "$PALABRE_SECRETS/palabre_password"`
CREATE ROLE synapse LOGIN PASSWORD :'synapse_password' CONNECTION LIMIT 40;
CREATE ROLE palabre LOGIN PASSWORD :'palabre_password' CONNECTION LIMIT 50;
-- The C locale: Synapse refuses another, and a system's update never changes its order.
CREATE DATABASE synapse OWNER synapse TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE palabre OWNER palabre TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
-- Neither role reads what is the other's.
REVOKE ALL ON DATABASE synapse, palabre, postgres, template1 FROM PUBLIC;
SQL
