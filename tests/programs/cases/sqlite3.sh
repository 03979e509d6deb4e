# sqlite3 fills tables and an index, and joins, groups and searches them
needs=(sqlite3)
run() {
    with sqlite3 test.db <<'END'
PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = 4000;
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, part INTEGER, weight REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)
INSERT INTO item SELECT i, 'item ' || (i * 7919 % 100003), i * 31 % 997, i * 0.25 FROM n;
CREATE INDEX by_name ON item (name);
SELECT part, count(*), sum(weight), group_concat(name) FROM item WHERE id % 50 = 0 GROUP BY part ORDER BY part LIMIT 20;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name AND a.id <> b.id;
UPDATE item SET name = upper(name) || hex(id) WHERE part < 300;
SELECT json_group_array(json_object('n', name, 'w', weight)) FROM (SELECT * FROM item ORDER BY name DESC LIMIT 30);
SELECT count(*), min(name), max(name) FROM item WHERE name LIKE '%99%';
DELETE FROM item WHERE id % 3 = 0; VACUUM; PRAGMA integrity_check;
SELECT count(*) FROM item;
END
}
