"""Reading PostgreSQL's catalogue: ``pg_catalog``, and the definitions that the server writes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.engine import Connection

Line = tuple[str, str, str, int, str]

#: Schemas of the database's own things, and whether something belongs to an extension.
OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
FREE = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.deptype = 'e' AND x.objid = {oid}"
    " AND x.classid = '{catalogue}'::regclass)"
)
#: The name of a relation ``c`` in schema ``n``, without the schema that everything is in.
NAME = "CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || {name}"
TABLE = NAME.format(name="c.relname")
OWN = FREE.format(oid="c.oid", catalogue="pg_class")

QUERIES = (
    f"SELECT 'schema', nspname, '', 0, 'there' FROM pg_namespace WHERE {OURS}",
    "SELECT 'extension', extname, '', 0, 'there' FROM pg_extension",
    f"""SELECT 'table', {TABLE}, '', 0, concat_ws(' ', c.relkind, c.relpersistence,
            c.relreplident, c.relrowsecurity, c.reloptions::text, spcname, amname,
            pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
            (SELECT string_agg(inhparent::regclass::text, ',') FROM pg_inherits
                WHERE inhrelid = c.oid), obj_description(c.oid, 'pg_class'))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            LEFT JOIN pg_am a ON a.oid = relam LEFT JOIN pg_tablespace s ON s.oid = reltablespace
        WHERE {OURS} AND {OWN} AND c.relkind IN ('r', 'v', 'm', 'p', 'f')""",
    f"""SELECT 'column', {TABLE}, attname,
            row_number() OVER (PARTITION BY attrelid ORDER BY attnum), concat_ws(' ',
            format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
            'DEFAULT ' || pg_get_expr(adbin, adrelid),
            'identity ' || nullif(attidentity::text, ''),
            'generated ' || nullif(attgenerated::text, ''),
            'collation ' || nullif(attcollation, 0)::regcollation::text,
            'statistics ' || nullif(attstattarget, -1),
            'compression ' || nullif(attcompression::text, ''),
            'storage ' || attstorage::text, col_description(attrelid, attnum))
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
            JOIN pg_namespace n ON n.oid = relnamespace
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE {OURS} AND {OWN} AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
            AND attnum > 0 AND NOT attisdropped""",
    f"""SELECT 'constraint', {TABLE}, conname, 0, concat_ws(' ', contype,
            pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
        FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
            JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS} AND {OWN}""",
    f"""SELECT 'index', {TABLE}, i.relname, 0, concat_ws(' ', pg_get_indexdef(indexrelid),
            CASE WHEN NOT indisvalid THEN 'INVALID' END,
            CASE WHEN indisreplident THEN 'REPLICA IDENTITY' END,
            CASE WHEN indisclustered THEN 'CLUSTERED' END, obj_description(i.oid, 'pg_class'))
        FROM pg_index JOIN pg_class c ON c.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND {OWN}""",
    f"""SELECT 'type', {NAME.format(name="typname")}, '', 0, concat_ws(' ', typtype,
            (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
                WHERE enumtypid = t.oid), format_type(nullif(typbasetype, 0), typtypmod),
            typdefault, CASE WHEN typnotnull THEN 'NOT NULL' END,
            nullif(typcollation, 0)::regcollation::text,
            (SELECT string_agg(concat_ws(' ', conname, pg_get_constraintdef(k.oid)), ',' ORDER BY 1)
                FROM pg_constraint k WHERE contypid = t.oid), obj_description(t.oid, 'pg_type'))
        FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE {OURS} AND typtype IN ('e', 'd', 'r')
            AND {FREE.format(oid="t.oid", catalogue="pg_type")}""",
    f"""SELECT 'sequence', {TABLE}, '', 0, concat_ws(' ', format_type(seqtypid, NULL),
            seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle,
            d.deptype::text || ' ' || d.refobjid::regclass || '.' || (SELECT attname
                FROM pg_attribute WHERE attrelid = d.refobjid AND attnum = d.refobjsubid))
        FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid
            JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN pg_depend d
                ON d.objid = seqrelid AND d.classid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i') WHERE {OURS} AND {OWN}""",
    f"""SELECT 'trigger', {TABLE}, tgname, 0, concat_ws(' ', tgenabled, pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
            JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS} AND NOT tgisinternal""",
    f"""SELECT 'view', {TABLE}, '', 0, pg_get_viewdef(c.oid) FROM pg_class c
            JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {OURS} AND {OWN} AND c.relkind IN ('v', 'm')""",
    f"""SELECT 'function', {NAME.format(name="p.oid::regprocedure::text")}, '', 0,
            pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE {OURS} AND prokind <> 'a' AND {FREE.format(oid="p.oid", catalogue="pg_proc")}""",
)


def read(connection: Connection) -> Iterator[Line]:
    """Tell everything that a database holds: kind, owner, name, place and text."""
    for query in QUERIES:
        for row in connection.exec_driver_sql(query):
            yield row[0], row[1], row[2], row[3], row[4]
