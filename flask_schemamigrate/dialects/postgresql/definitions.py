"""Questions whose answers are statements that make again what is not compared.

PostgreSQL 15 answers them, and nothing in them is newer than 12.
"""

from __future__ import annotations

import sqlalchemy as sa

#: Databases that begin with ``:prefix`` and that nobody is connected to.
ABANDONED = sa.text("""
SELECT d.datname::text FROM pg_catalog.pg_database d
WHERE pg_catalog.starts_with(d.datname::text, :prefix)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)
""")

LOCALE = sa.text("""
SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate::text, datctype::text
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
""")

_OURS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"

SCHEMAS = sa.text(f"SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE {_OURS}")


def _free(catalogue: str, oid: str) -> str:
    return f"""NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.deptype = 'e'
        AND x.classid = 'pg_catalog.{catalogue}'\\:\\:regclass AND x.objid = {oid})"""


#: Schemas, extensions, domains, composite types and functions.
AROUND = sa.text(f"""
SELECT 'CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(n.nspname)
FROM pg_catalog.pg_namespace n WHERE {_OURS}
UNION ALL
SELECT 'CREATE EXTENSION IF NOT EXISTS ' || pg_catalog.quote_ident(e.extname)
       || ' SCHEMA ' || pg_catalog.quote_ident(n.nspname)
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT pg_catalog.format('CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname,
         pg_catalog.format_type(t.typbasetype, t.typtypmod),
         ' DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END,
         (SELECT pg_catalog.string_agg(pg_catalog.format(' CONSTRAINT %I %s', c.conname,
                                       pg_catalog.pg_get_constraintdef(c.oid)), ''
                                       ORDER BY c.conname)
          FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {_OURS} AND {_free("pg_type", "t.oid")}
UNION ALL
SELECT pg_catalog.format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
         (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' '
                 || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
            AND NOT a.attisdropped))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE t.typtype = 'c' AND {_OURS} AND {_free("pg_class", "c.oid")}
UNION ALL
SELECT pg_catalog.pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND {_OURS} AND {_free("pg_proc", "p.oid")}
""")

#: Enumerated types: not needed before the tables, and ``create_all`` would find the old ones.
ENUMS = sa.text(f"""
SELECT pg_catalog.format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
         (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(v.enumlabel), ', '
                                       ORDER BY v.enumsortorder)
          FROM pg_catalog.pg_enum v WHERE v.enumtypid = t.oid))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {_OURS} AND {_free("pg_type", "t.oid")}
""")

#: Views and triggers: what stands on tables.
LATER = sa.text(f"""
SELECT pg_catalog.format('CREATE %s %I.%I AS %s',
         CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END,
         n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_OURS} AND {_free("pg_class", "c.oid")}
UNION ALL
SELECT pg_catalog.pg_get_triggerdef(g.oid)
FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND {_OURS}
""")
