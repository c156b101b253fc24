"""Several processes upgrade one database at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

APP = """
import os
from flask import Flask
from flask_schemamigrate import SchemaMigrate

app = Flask(__name__)
SchemaMigrate(app, database_uri=os.environ["DATABASE"])
"""
BODY = """
import time
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
time.sleep(0.5)
"""


def test_all_of_them_succeed_and_one_does_the_work(database, make_project, tmp_path):
    project = make_project(database)
    project.ok("init")
    project.script("aaaa1111", None, BODY)
    project.script("bbbb1111", "aaaa1111", "op.create_table('u', sa.Column('id', sa.Integer))")
    (tmp_path / "app.py").write_text(APP)
    environment = {
        **os.environ,
        "DATABASE": database.text,
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    command = [sys.executable, "-m", "flask", "db", "upgrade"]
    running = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    assert sum("upgraded  aaaa1111" in text for text in said) == 1
    assert sum("upgraded  bbbb1111" in text for text in said) == 1
    with database.engine().connect() as connection:
        rows = connection.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
    assert rows == ["bbbb1111"]
