"""Run commands of an app in this interpreter, one after the other: ``python drive.py APP``.

Standard input has a JSON list of commands, each a list of words after ``flask db``; standard output
gets a JSON list of ``[exit status, stdout and stderr]``.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import warnings

# Alembic prints to what stdout was when it was imported.
printed = sys.stdout = io.StringIO()
warnings.simplefilter("ignore")
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
runner = module.app.test_cli_runner()
found = []
for words in json.loads(sys.stdin.read()):
    result = runner.invoke(args=["db", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    found.append([result.exit_code, result.output + printed.getvalue()])
    printed.truncate(printed.seek(0))
sys.stdout = sys.__stdout__
print("\n" + json.dumps(found))
