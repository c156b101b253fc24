<%
    from flask import current_app
    names = [name or "" for name in current_app.extensions["migrate"].db.engines]
%>"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""
import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade(engine_name):
    """Apply the revision to one database."""
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name):
    """Undo the revision in one database."""
    globals()[f"downgrade_{engine_name}"]()
% for name in names:


def upgrade_${name}():
    ${context.get(f"{name}_upgrades", "pass")}


def downgrade_${name}():
    ${context.get(f"{name}_downgrades", "pass")}
% endfor
