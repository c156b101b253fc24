"""The six questions that read a PostgreSQL catalogue, each for all tables at once.

They take ``:schemas`` and ``:names`` (text arrays; ``names`` None: every table) or ``:tables``, the
oids that the first one found.  PostgreSQL 12 and later answer them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY


def _question(sql: str) -> sa.TextClause:
    kinds: dict[str, Any] = {"schemas": sa.Text(), "names": sa.Text(), "tables": sa.BigInteger()}
    given: list[Any] = [sa.bindparam(n, type_=ARRAY(t)) for n, t in kinds.items() if f":{n}" in sql]
    return sa.text(sql).bindparams(*given)


def _not_of_extension(catalogue: str, oid: str) -> str:
    return f"""NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.deptype = 'e'
        AND x.classid = 'pg_catalog.{catalogue}'::regclass AND x.objid = {oid})"""


#: Schemas by name; the temporary one, whose name the session cannot choose, is pg_temp.
_SCHEMA = """CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'pg_temp'
       ELSE n.nspname::text END"""
_WITHIN = """(n.nspname = ANY (:schemas)
    OR n.oid = pg_catalog.pg_my_temp_schema() AND 'pg_temp' = ANY (:schemas))"""

TABLES = _question(f"""
SELECT c.oid::bigint AS oid, c.relname::text AS name, {_SCHEMA} AS schema,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
       c.reloptions AS storage, s.spcname::text AS tablespace
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND {_WITHIN}
  AND (CAST(:names AS text[]) IS NULL OR c.relname = ANY (CAST(:names AS text[])))
  AND {_not_of_extension("pg_class", "c.oid")}
ORDER BY n.nspname, c.relname
""")

_COLUMNS = """
SELECT a.attrelid::bigint AS table, a.attname::text AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname::text END AS collation,
       CASE WHEN a.attcollation <> t.typcollation THEN
         CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN ''
              ELSE pg_catalog.quote_ident(cn.nspname) || '.' END
         || pg_catalog.quote_ident(co.collname) END AS collate,
       -- That of SERIAL names its sequence, and so would be another one for each table.
       CASE WHEN s.dependency = 'a' AND a.attgenerated = '' THEN NULL
            ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS default,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem ELSE t.oid END::bigint AS of,
       s.start, s.increment, s.minimum, s.maximum, s.cache, s.cycle, s.dependency
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN LATERAL (
  SELECT q.seqstart AS start, q.seqincrement AS increment, q.seqmin AS minimum,
         q.seqmax AS maximum, q.seqcache AS cache, q.seqcycle AS cycle,
         o.deptype::text AS dependency
  FROM pg_catalog.pg_depend o JOIN pg_catalog.pg_sequence q ON q.seqrelid = o.objid
  WHERE o.classid = 'pg_catalog.pg_class'::regclass
    AND o.refclassid = 'pg_catalog.pg_class'::regclass
    AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')
    AND (o.deptype = 'i' OR EXISTS (
      SELECT FROM pg_catalog.pg_depend u
      WHERE u.classid = 'pg_catalog.pg_attrdef'::regclass AND u.objid = d.oid
        AND u.refobjid = o.objid))
  LIMIT 1) s ON true
WHERE {} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
COLUMNS = _question(_COLUMNS.format("a.attrelid = ANY (CAST(:tables AS oid[]))"))
#: Of a temporary table.
TEMPORARY = _question(_COLUMNS.format("a.attrelid = CAST('pg_temp.' || :table AS regclass)"))

_NAMES = """(SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS k(number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number)"""

CONSTRAINTS = _question(f"""
SELECT c.conrelid::bigint AS table, c.conname::text AS name, c.contype::text AS kind,
       {_NAMES.format(numbers="c.conkey", table="c.conrelid")} AS columns,
       {_NAMES.format(numbers="c.confkey", table="c.confrelid")} AS target_columns,
       {_NAMES.format(numbers="i.included", table="c.conrelid")} AS include,
       f.relname::text AS target, fn.nspname::text AS target_schema,
       c.confupdtype::text AS onupdate, c.confdeltype::text AS ondelete,
       c.confmatchtype::text AS match, c.condeferrable AS deferrable, c.condeferred AS deferred,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place)
        FROM pg_catalog.jsonb_array_elements_text(
          CASE WHEN c.contype = 'f' THEN nullif(pg_catalog.to_jsonb(c) -> 'confdelsetcols', 'null')
          END) WITH ORDINALITY AS k(number, place)
        JOIN pg_catalog.pg_attribute a
          ON a.attrelid = c.conrelid AND a.attnum = k.number::int) AS deleted,
       c.convalidated AS valid, pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression,
       pg_catalog.pg_get_constraintdef(c.oid) AS definition,
       i.nulls_not_distinct, i.predicate, i.method,
       CASE WHEN c.contype = 'x' THEN (
         SELECT pg_catalog.array_agg(
           ARRAY[pg_catalog.pg_get_indexdef(c.conindid, k.place::int, true), p.oprname::text]
           ORDER BY k.place)
         FROM pg_catalog.unnest(c.conexclop) WITH ORDINALITY AS k(operator, place)
         JOIN pg_catalog.pg_operator p ON p.oid = k.operator) END AS excluded
FROM pg_catalog.pg_constraint c
LEFT JOIN pg_catalog.pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN LATERAL (
  SELECT (x.indkey::int2[])[x.indnkeyatts:] AS included, m.amname::text AS method,
         pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate,
         coalesce((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false)
           AS nulls_not_distinct
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class xc ON xc.oid = x.indexrelid
  JOIN pg_catalog.pg_am m ON m.oid = xc.relam
  WHERE x.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')) i ON true
WHERE c.conrelid = ANY (CAST(:tables AS oid[])) AND c.contype IN ('p', 'u', 'f', 'c', 'x')
  AND c.conparentid = 0
ORDER BY c.conrelid, c.conname
""")

INDEXES = _question("""
SELECT i.indrelid::bigint AS table, c.relname::text AS name, i.indisunique AS unique,
       pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), 1 + pg_catalog.length(
         pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I ',
           CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, c.relname,
           CASE WHEN t.relkind = 'p' THEN 'ONLY ' ELSE '' END,
           CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END,
           t.relname)))
         AS definition,
       EXISTS (SELECT FROM pg_catalog.pg_attribute o
               WHERE o.attrelid = i.indexrelid AND o.attoptions IS NOT NULL) AS tuned,
       m.amname::text AS method, c.reloptions AS storage, ts.spcname::text AS tablespace,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
         AS nulls_not_distinct,
       i.indnkeyatts AS width, k.keys, k.columns, k.classes, k.collations,
       i.indoption::int2[]::int[] AS options
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
JOIN LATERAL (
  SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, p.place, true)
           ORDER BY p.place) AS keys,
         pg_catalog.array_agg(a.attname::text ORDER BY p.place) AS columns,
         pg_catalog.array_agg(CASE WHEN NOT o.opcdefault THEN o.opcname::text END
           ORDER BY p.place) AS classes,
         pg_catalog.array_agg(CASE
           WHEN l.collname <> 'default' AND l.oid IS DISTINCT FROM a.attcollation
           THEN pg_catalog.quote_ident(l.collname) END ORDER BY p.place) AS collations
  FROM pg_catalog.generate_series(1, i.indnatts) AS p(place)
  LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.place - 1] AND a.attnum > 0
  LEFT JOIN pg_catalog.pg_opclass o
    ON p.place <= i.indnkeyatts AND o.oid = i.indclass[p.place - 1]
  LEFT JOIN pg_catalog.pg_collation l
    ON p.place <= i.indnkeyatts AND l.oid = i.indcollation[p.place - 1]) k ON true
WHERE i.indrelid = ANY (CAST(:tables AS oid[]))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint x
                  WHERE x.conindid = i.indexrelid AND x.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, c.relname
""")

#: Enumerated types and domains: those of the schemas, and those that the tables use.
TYPES = _question(f"""
SELECT t.oid::bigint AS oid, t.typname::text AS name, {_SCHEMA} AS schema,
       t.typtype::text AS kind,
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
               JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f')
               WHERE a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped
                 AND NOT c.relispartition
                 AND a.attrelid <> ALL (CAST(:tables AS oid[]))) AS shared,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base,
       CASE WHEN t.typtype = 'd' THEN pg_catalog.array_remove(ARRAY[
         'AS ' || pg_catalog.format_type(t.typbasetype, t.typtypmod),
         (SELECT 'COLLATE ' || pg_catalog.quote_ident(l.collname)
          FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
          WHERE l.oid = t.typcollation AND l.oid <> b.typcollation),
         'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END], NULL)
         || ARRAY(SELECT pg_catalog.format('CONSTRAINT %I ', k.conname)
                         || pg_catalog.pg_get_constraintdef(k.oid)
                  FROM pg_catalog.pg_constraint k
                  WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) END AS domain,
       (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS values,
       NOT ({_not_of_extension("pg_type", "t.oid")}) AS of_extension
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd')
  AND ({_WITHIN} OR EXISTS (
    SELECT FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = ANY (CAST(:tables AS oid[])) AND a.atttypid IN (t.oid, t.typarray)))
ORDER BY n.nspname, t.typname
""")

#: Those that no column owns.  A schema without any has a row without a name: it is there.
SEQUENCES = _question(f"""
SELECT n.nspname::text AS schema, q.* FROM pg_catalog.pg_namespace n LEFT JOIN (
  SELECT c.relnamespace AS "in", c.relname::text AS name,
         pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart AS start,
         s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
         s.seqcache AS cache, s.seqcycle AS cycle
  FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  WHERE {_not_of_extension("pg_class", "c.oid")}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend o
                    WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid
                      AND o.refclassid = 'pg_catalog.pg_class'::regclass
                      AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i'))) q ON q."in" = n.oid
WHERE n.nspname = ANY (:schemas)
ORDER BY n.nspname, q.name
""")

ESTIMATES = sa.text("""
SELECT n.nspname::text, c.relname::text, c.reltuples
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.reltuples > 0
""")
