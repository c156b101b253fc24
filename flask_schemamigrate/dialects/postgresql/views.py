"""What holds the type of a column (views, triggers, policies): it goes and comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from ...errors import InvalidOperation
from ...schema.objects import Sql
from .enums import literal

_QUESTION = sa.text(
    """WITH RECURSIVE found AS (
         SELECT r.ev_class AS oid, 1 AS depth
         FROM pg_catalog.pg_depend d
         JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
           AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND d.refobjid = pg_catalog.to_regclass(:table) AND a.attname = :column
         UNION
         SELECT r.ev_class, f.depth + 1
         FROM found f
         JOIN pg_catalog.pg_depend d ON d.refobjid = f.oid
           AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND d.classid = 'pg_catalog.pg_rewrite'::regclass
         JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> f.oid)
       SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind::text AS kind,
              pg_catalog.pg_get_viewdef(c.oid) AS query, c.relispopulated AS filled,
              pg_catalog.array_to_string(c.reloptions, ', ') AS options,
              CASE WHEN c.relowner <> current_user::regrole
                   THEN pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) END AS owner,
              pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
              (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid))
               FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS indexes,
              (SELECT pg_catalog.array_agg(pg_catalog.format('GRANT %s ON %I.%I TO %s%s',
                 g.privilege_type, n.nspname, c.relname,
                 CASE WHEN g.grantee = 0 THEN 'PUBLIC'
                      ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
                 CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
               FROM pg_catalog.aclexplode(c.relacl) g WHERE g.grantee <> c.relowner) AS grants,
              EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid)
                OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w
                           WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN')
                OR EXISTS (SELECT FROM pg_catalog.pg_attrdef w WHERE w.adrelid = c.oid)
                OR EXISTS (SELECT FROM pg_catalog.pg_description w
                           WHERE w.objoid = c.oid AND w.objsubid > 0) AS more
       FROM (SELECT oid, max(depth) AS depth FROM found GROUP BY oid) f
       JOIN pg_catalog.pg_class c ON c.oid = f.oid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       ORDER BY f.depth, n.nspname, c.relname"""
)

_TRIGGERS = sa.text(
    """SELECT pg_catalog.quote_ident(t.tgname) AS name,
              pg_catalog.pg_get_triggerdef(t.oid) AS made,
              CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                               WHEN 'A' THEN 'ENABLE ALWAYS' END AS state,
              pg_catalog.obj_description(t.oid, 'pg_trigger') AS comment
       FROM pg_catalog.pg_trigger t
       WHERE t.tgrelid = pg_catalog.to_regclass(:table) AND NOT t.tgisinternal
         AND EXISTS (
           SELECT FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND d.objid = t.oid
             AND d.refobjid = t.tgrelid AND a.attname = :column)
       ORDER BY t.tgname"""
)

#: Of any table: the rule of a policy may ask another one.
_POLICIES = sa.text(
    """SELECT pg_catalog.quote_ident(p.polname) AS name,
              pg_catalog.format('%I.%I', n.nspname, c.relname) AS on_table,
              pg_catalog.format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s',
                p.polname, n.nspname, c.relname,
                CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                              WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                (SELECT pg_catalog.string_agg(CASE WHEN r = 0 THEN 'PUBLIC'
                   ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ')
                 FROM pg_catalog.unnest(p.polroles) r)) AS made,
              pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
              pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
              pg_catalog.obj_description(p.oid, 'pg_policy') AS comment
       FROM pg_catalog.pg_policy p
       JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE EXISTS (
           SELECT FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid
             AND d.refclassid = 'pg_catalog.pg_class'::regclass
             AND d.refobjid = pg_catalog.to_regclass(:table) AND a.attname = :column)
       ORDER BY n.nspname, c.relname, p.polname"""
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A view, a trigger or a policy: what drops it, and what makes it again as it was."""

    name: str
    drop: str
    again: tuple[str, ...]


def over(connection: Connection, table: str, column: str) -> tuple[Holder, ...]:
    """Return what holds the type of a column: policies, triggers, and views, the outermost last.

    Raises InvalidOperation for one that could not be made again as it was.
    """
    rows: Any = connection.execute(_QUESTION, {"table": table, "column": column}).mappings()
    found = rows.all()
    kept = [row["name"] for row in found if row["more"] or row["kind"] not in ("v", "m")]
    if kept:
        raise InvalidOperation(
            f"The type of column {column} of table {table} cannot change under {', '.join(kept)}: "
            "with its triggers, rules, defaults or comments on columns a view is not made again.",
            hint="Drop it in the script before the change, and make it again after it.",
        )
    given = {"table": table, "column": column}
    policies: Any = connection.execute(_POLICIES, given).mappings()
    triggers: Any = connection.execute(_TRIGGERS, given).mappings()
    return (
        *map(_policy, policies),
        *(_trigger(row, table) for row in triggers),
        *map(_view, found),
    )


def retyped(text: str, before: Sql, after: Any) -> str:
    """Return a statement that casts to the type that comes in the place of an enumerated one."""
    if not isinstance(after, Sql) or not isinstance(_item(before.element), postgresql.ENUM):
        return text
    old, new = (type_.text.removesuffix("[]") for type_ in (before, after))
    if not isinstance(_item(after.element), postgresql.ENUM):
        return text
    return re.sub(rf"::{re.escape(old)}(?![\w\"])", lambda match: f"::{new}", text)


def _item(type_: Any) -> Any:
    return getattr(type_, "item_type", type_)


def _trigger(row: Mapping[Any, Any], table: str) -> Holder:
    """Return a trigger that is called for changes of the column alone, or asks for its value."""
    name, again = row["name"], [row["made"]]
    if row["state"]:
        again.append(f"ALTER TABLE {table} {row['state']} TRIGGER {name}")
    if row["comment"]:
        again.append(f"COMMENT ON TRIGGER {name} ON {table} IS {literal(row['comment'])}")
    return Holder(name, f"DROP TRIGGER {name} ON {table}", tuple(again))


def _policy(row: Mapping[Any, Any]) -> Holder:
    name, made = f"{row['name']} ON {row['on_table']}", str(row["made"])
    if row["using"]:
        made += f" USING ({row['using']})"
    if row["with_check"]:
        made += f" WITH CHECK ({row['with_check']})"
    again = [made]
    if row["comment"]:
        again.append(f"COMMENT ON POLICY {name} IS {literal(row['comment'])}")
    return Holder(row["name"], f"DROP POLICY {name}", tuple(again))


def _view(row: Mapping[Any, Any]) -> Holder:
    kind = "MATERIALIZED VIEW" if row["kind"] == "m" else "VIEW"
    return Holder(row["name"], f"DROP {kind} {row['name']}", tuple(_again(row, kind)))


def _again(row: Mapping[Any, Any], kind: str) -> Iterator[str]:
    name, query = row["name"], str(row["query"]).strip().rstrip(";")
    options = f" WITH ({row['options']})" if row["options"] else ""
    data = " WITH NO DATA" if row["kind"] == "m" and not row["filled"] else ""
    yield f"CREATE {kind} {name}{options} AS {query}{data}"
    yield from row["indexes"] or ()
    if row["comment"]:
        yield f"COMMENT ON {kind} {name} IS {literal(row['comment'])}"
    yield from row["grants"] or ()
    if row["owner"]:
        yield f"ALTER {kind} {name} OWNER TO {row['owner']}"
