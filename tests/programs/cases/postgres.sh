# PostgreSQL: initdb, pgbench and queries on a socket
needs=(initdb postgres pgbench psql)
prepare() { chmod 755 .; }
run() {
    be_user postgres
    with initdb -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >init.log
    start postgres -D data -k "$PWD" -c listen_addresses= -c fsync=off -c autovacuum=off \
        -c max_connections=20 -c shared_buffers=16MB -c max_parallel_workers_per_gather=2 \
        -c log_min_messages=panic
    local at=(-h "$PWD" -U postgres)
    await psql "${at[@]}" -c 'SELECT 1' postgres
    with pgbench "${at[@]}" -i -q -s 2 postgres >pgbench.log 2>&1
    with pgbench "${at[@]}" -n -c 4 -j 2 -t 150 --random-seed=1 postgres >pgbench.log 2>&1
    grep -E 'number of transactions|failed' pgbench.log
    with psql "${at[@]}" -X -A postgres <<'END'
SELECT count(*), sum(abalance) = (SELECT sum(delta) FROM pgbench_history) FROM pgbench_accounts;
CREATE TABLE words AS SELECT i, md5(i::text) AS w, i % 100 AS k FROM generate_series(1, 60000) i;
CREATE INDEX ON words USING gin (to_tsvector('simple', w));
SELECT k, count(*), max(w), string_agg(left(w, 3), ',' ORDER BY w) FROM words WHERE i % 200 = 7 GROUP BY k ORDER BY k LIMIT 5;
SELECT count(*) FROM words a JOIN words b ON left(a.w, 4) = left(b.w, 4);
SELECT jsonb_agg(to_jsonb(t)) FROM (SELECT * FROM words ORDER BY w LIMIT 3) t;
DO $$ DECLARE t text := ''; BEGIN FOR n IN 1..20000 LOOP t := left(n::text || t, 500); END LOOP; RAISE NOTICE '%', md5(t); END $$;
SELECT 1 / 0;
END
    stop INT
}
