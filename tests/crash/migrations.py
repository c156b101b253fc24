"""Revisions that are killed at every statement: what upgrade() does, after what is there before.

``{auto}`` opens an autocommit block.  Each body is one revision; ``BEFORE`` is the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("sqlite", "postgresql", "mariadb")
BEFORE = """
op.create_table('p', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('a', sa.String(20)), sa.Column('n', sa.Integer))
op.create_table('c', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('p_id', sa.Integer), sa.Column('b', sa.String(20), index=True))
op.execute("INSERT INTO p VALUES (1, 'x', 1), (2, 'y', 2)")
op.execute("INSERT INTO c VALUES (1, 1, 'u'), (2, 2, 'v')")
"""
AUTO = "with op.get_context().autocommit_block():\n"


@dataclass(frozen=True)
class Script:
    """One revision."""

    name: str
    body: str
    systems: tuple[str, ...] = ALL


SCRIPTS = [
    Script("one table", "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))"),
    Script(
        "tables and rows",
        """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer))
op.execute("INSERT INTO t (id, a) VALUES (1, 1)")
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t (id, a) VALUES (2, 2)")
op.create_index('ix_t_a', 't', ['a'])
op.execute("INSERT INTO t (id, a) VALUES (3, 3)")
""",
    ),
    Script(
        "a table with indexes",
        """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('a', sa.Integer, index=True), sa.Column('b', sa.Integer, index=True))
""",
    ),
    Script(
        "counters are raised once",
        """
op.execute("UPDATE p SET n = n + 1")
op.add_column('p', sa.Column('m', sa.Integer))
op.execute("UPDATE p SET n = n + 1, m = n")
op.add_column('p', sa.Column('k', sa.Integer))
op.execute("UPDATE p SET n = n + 1, k = n")
""",
    ),
    Script(
        "data moves from a column that goes",
        """
op.add_column('p', sa.Column('new', sa.String(30)))
op.execute("UPDATE p SET new = a")
op.drop_column('p', 'a')
op.add_column('p', sa.Column('last', sa.Integer))
""",
    ),
    Script(
        "a column changes twice",
        """
op.alter_column('p', 'n', existing_type=sa.Integer(), nullable=False)
op.alter_column('p', 'n', existing_type=sa.Integer(), existing_nullable=False,
                type_=sa.BigInteger())
op.alter_column('p', 'n', existing_type=sa.BigInteger(), new_column_name='number')
op.alter_column('p', 'a', existing_type=sa.String(20), type_=sa.String(40))
""",
        ("postgresql", "mariadb"),
    ),
    Script(
        "renames",
        """
op.rename_table('p', 'parent')
op.rename_table('c', 'child')
op.alter_column('child', 'b', new_column_name='bee', existing_type=sa.String(20))
op.execute("INSERT INTO parent (id) VALUES (9)")
op.rename_table('parent', 'people')
""",
    ),
    Script(
        "a name is used twice",
        """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (1)")
op.drop_table('t')
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (2)")
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
""",
    ),
    Script(
        "keys come and go",
        """
op.create_foreign_key('fk_c_p', 'c', 'p', ['p_id'], ['id'])
op.create_unique_constraint('uq_a', 'p', ['a'])
op.drop_constraint('fk_c_p', 'c', type_='foreignkey')
op.create_check_constraint('ck_n', 'p', 'n > 0')
""",
        ("postgresql", "mariadb"),
    ),
    Script(
        "batches",
        """
with op.batch_alter_table('p') as batch:
    batch.add_column(sa.Column('m', sa.Integer))
    batch.alter_column('a', existing_type=sa.String(20), type_=sa.String(50))
    batch.create_index('ix_m', ['m'])
op.execute("UPDATE p SET m = 5")
with op.batch_alter_table('p') as batch:
    batch.alter_column('m', existing_type=sa.Integer(), nullable=False)
    batch.create_unique_constraint('uq_a', ['a'])
with op.batch_alter_table('c') as batch:
    batch.create_foreign_key('fk', 'p', ['p_id'], ['id'], ondelete='CASCADE')
""",
    ),
    Script(
        "SQL of its own",
        """
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
op.execute("INSERT INTO t VALUES (1)")
op.execute("ALTER TABLE p ADD COLUMN m INTEGER")
op.execute("CREATE INDEX ix_m ON p (m)")
op.execute("CREATE VIEW v AS SELECT id, m FROM p")
op.execute("INSERT INTO t VALUES (2)")
op.execute("DROP TABLE c")
""",
    ),
    Script(
        "the connection",
        """
bind = op.get_bind()
bind.execute(sa.text("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)"))
bind.execute(sa.text("INSERT INTO t VALUES (:id, :a)"), [{'id': 1, 'a': 1}, {'id': 2, 'a': 2}])
total = bind.execute(sa.text("SELECT count(*) FROM p")).scalar()
bind.execute(sa.text("ALTER TABLE t ADD COLUMN b INTEGER"))
bind.execute(sa.text("UPDATE t SET a = a + :n"), {'n': total})
bind.execute(sa.text("CREATE INDEX ix_b ON t (b)"))
""",
    ),
    Script(
        "metadata",
        """
meta = sa.MetaData()
sa.Table('t', meta, sa.Column('id', sa.Integer, primary_key=True),
         sa.Column('a', sa.Integer, index=True))
sa.Table('u', meta, sa.Column('id', sa.Integer, primary_key=True))
meta.create_all(op.get_bind())
op.add_column('u', sa.Column('z', sa.Integer))
op.execute("INSERT INTO u (id, z) VALUES (1, 1)")
""",
    ),
    Script(
        "rows by ORM",
        """
from sqlalchemy.orm import declarative_base, Session
Base = declarative_base()
class P(Base):
    __tablename__ = 'p'
    id = sa.Column(sa.Integer, primary_key=True)
    a = sa.Column(sa.String(20))
    n = sa.Column(sa.Integer)
session = Session(bind=op.get_bind())
for row in session.query(P):
    row.n = (row.n or 0) + 10
session.commit()
op.add_column('p', sa.Column('m', sa.Integer))
for row in session.query(P):
    row.n += 10
session.add(P(id=7, a='z', n=0))
session.commit()
op.add_column('c', sa.Column('m', sa.Integer))
""",
    ),
    Script(
        "rows in bulk",
        """
t = op.create_table('t', sa.Column('id', sa.Integer, primary_key=True),
                    sa.Column('a', sa.String(9)))
op.bulk_insert(t, [{'id': 1, 'a': 'x'}, {'id': 2, 'a': 'y'}])
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
op.bulk_insert(t, [{'id': 3, 'a': 'z'}])
op.create_index('ix', 't', ['a'], unique=True)
""",
    ),
    Script(
        "guards",
        """
tables = sa.inspect(op.get_bind()).get_table_names()
if 't' not in tables:
    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
if 'u' not in tables:
    op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
columns = [c['name'] for c in sa.inspect(op.get_bind()).get_columns('p')]
if 'm' not in columns:
    op.add_column('p', sa.Column('m', sa.Integer))
op.execute("UPDATE p SET n = n + 1")
""",
    ),
    Script(
        "a commit of its own",
        """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (1)")
op.get_bind().commit()
op.execute("INSERT INTO t VALUES (2)")
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
""",
    ),
    Script(
        "COMMIT as text",
        """
op.execute("UPDATE p SET n = n + 1")
op.execute("COMMIT")
op.execute("UPDATE p SET n = n + 1")
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
op.execute("UPDATE p SET n = n + 1")
""",
    ),
    Script(
        "an autocommit block",
        f"""
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (1)")
{AUTO}    op.execute("UPDATE p SET n = n + 1")
    op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
    op.execute("UPDATE p SET n = n + 1")
op.execute("INSERT INTO t VALUES (2)")
op.add_column('t', sa.Column('a', sa.Integer))
""",
    ),
    Script(
        "two autocommit blocks",
        f"""
{AUTO}    op.execute("UPDATE p SET n = n + 1")
op.execute("UPDATE p SET n = n + 10")
{AUTO}    op.execute("UPDATE p SET n = n + 100")
op.execute("UPDATE p SET n = n + 1000")
""",
    ),
    Script(
        "an index built concurrently",
        f"""
op.add_column('p', sa.Column('m', sa.Integer))
{AUTO}    op.create_index('ix_n', 'p', ['n'], postgresql_concurrently=True)
    op.execute("CREATE INDEX CONCURRENTLY ix_m ON p (m)")
op.execute("UPDATE p SET m = n")
""",
        ("postgresql",),
    ),
    Script(
        "an index built concurrently, without a block",
        """
op.execute("UPDATE p SET n = n + 1")
op.create_index('ix_n', 'p', ['n'], postgresql_concurrently=True)
op.execute("UPDATE p SET n = n + 1")
op.drop_index('ix_n', 'p', postgresql_concurrently=True)
op.create_index('ix_a', 'p', ['a'], postgresql_concurrently=True)
""",
        ("postgresql",),
    ),
    Script(
        "an enumerated type grows",
        f"""
op.execute("CREATE TYPE mood AS ENUM ('sad')")
op.execute("ALTER TABLE p ADD COLUMN mood mood")
{AUTO}    op.execute("ALTER TYPE mood ADD VALUE 'happy'")
op.execute("UPDATE p SET mood = 'happy'")
""",
        ("postgresql",),
    ),
    Script(
        "enumerated types of columns",
        """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('e', sa.Enum('a', 'b', name='e')))
op.bulk_insert(sa.table('t', sa.column('id'), sa.column('e')), [{'id': 1, 'e': 'a'}])
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('f', sa.Enum('a', 'b', name='f')))
""",
    ),
    Script(
        "comments",
        """
op.create_table_comment('p', 'people')
op.alter_column('p', 'a', existing_type=sa.String(20), comment='a')
op.execute("UPDATE p SET n = n + 1")
op.drop_table_comment('p', existing_comment='people')
""",
        ("postgresql", "mariadb"),
    ),
    Script(
        "triggers and routines",
        """
op.execute("CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW SET NEW.n = 99")
op.execute("INSERT INTO p (id, a) VALUES (5, 'q')")
op.execute("CREATE PROCEDURE pr() SELECT 1")
op.execute("DROP TRIGGER tr")
op.execute("INSERT INTO p (id, a, n) VALUES (6, 'q', 1)")
""",
        ("mariadb",),
    ),
    Script(
        "table options",
        """
op.execute("ALTER TABLE p ENGINE = InnoDB")
op.execute("UPDATE p SET n = n + 1")
op.execute("ALTER TABLE p CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
op.execute("UPDATE p SET n = n + 1")
op.execute("TRUNCATE TABLE c")
op.execute("INSERT INTO c VALUES (5, 5, 'five')")
""",
        ("mariadb",),
    ),
    Script(
        "a mistake that the script forgives",
        """
try:
    op.drop_index('nowhere', 'p')
except Exception:
    pass
op.execute("UPDATE p SET n = n + 1")
op.add_column('p', sa.Column('m', sa.Integer))
op.execute("UPDATE p SET n = n + 1")
""",
        ("mariadb",),
    ),
    Script(
        "a temporary table at the end",
        """
op.add_column('p', sa.Column('m', sa.Integer))
op.execute("CREATE TEMPORARY TABLE s (id INTEGER)")
op.execute("INSERT INTO s SELECT id FROM p")
op.execute("UPDATE p SET m = (SELECT count(*) FROM s)")
op.execute("DROP TABLE s")
""",
        ("sqlite", "postgresql"),
    ),
    Script(
        "a loop over rows",
        """
bind = op.get_bind()
op.add_column('p', sa.Column('m', sa.Integer))
for row in bind.execute(sa.text("SELECT id, n FROM p")).all():
    bind.execute(sa.text("UPDATE p SET m = :m, n = n + 1 WHERE id = :id"),
                 {'m': row.n * 2, 'id': row.id})
op.create_index('ix_m', 'p', ['m'])
op.drop_index('ix_m', 'p')
for row in bind.execute(sa.text("SELECT id, n FROM p")).all():
    bind.execute(sa.text("UPDATE p SET n = n + 1 WHERE id = :id"), {'id': row.id})
op.add_column('p', sa.Column('z', sa.Integer))
""",
    ),
    Script(
        "drops",
        """
op.drop_index('ix_c_b', 'c')
op.drop_column('c', 'b')
op.execute("DELETE FROM c WHERE id = 1")
op.drop_table('c')
op.execute("DELETE FROM p WHERE id = 1")
""",
    ),
]
