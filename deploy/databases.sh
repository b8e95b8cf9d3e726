#!/bin/sh
# Makes the roles and databases of Synapse and of Palabre's own store, each with the password in a file of its own. Run
# again, it gives roles that are there the passwords of the files, and leaves databases that are there as they are.
# PostgreSQL's container runs it when its data are made; without containers: sudo -u postgres env PALABRE_SECRETS=… sh databases.sh
set -eu
PALABRE_SECRETS=${PALABRE_SECRETS:-/run/secrets}
export PALABRE_SECRETS
# A password is read by psql itself: it is in no process list. The server is told to write none of these statements into
# its log, not even one that fails or is slow, and to keep none (pg_stat_statements keeps their text).
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_transaction_sample_rate = 0;
SET pg_stat_statements.track = 'none';
\set synapse_password `cat "$PALABRE_SECRETS/synapse_password"`
\set palabre_password `cat "$PALABRE_SECRETS/palabre_password"`
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'synapse') AS no_synapse,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'palabre') AS no_palabre \gset
BEGIN;
\if :no_synapse
CREATE ROLE synapse;
\endif
\if :no_palabre
CREATE ROLE palabre;
\endif
ALTER ROLE synapse LOGIN PASSWORD :'synapse_password' CONNECTION LIMIT 40;
ALTER ROLE palabre LOGIN PASSWORD :'palabre_password' CONNECTION LIMIT 50;
COMMIT;
-- The C locale: Synapse refuses another, and a system's update never changes its order.
SELECT format('CREATE DATABASE %1$I OWNER %1$I TEMPLATE template0 ENCODING %2$L LC_COLLATE %3$L LC_CTYPE %3$L', name, 'UTF8', 'C')
FROM (VALUES ('synapse'), ('palabre')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
-- Neither role reads what is the other's.
REVOKE ALL ON DATABASE synapse, palabre, postgres, template1 FROM PUBLIC;
SQL
