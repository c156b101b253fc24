"""What importing and registering the extension costs a web worker: ``make bench``.

Four programs run in turn, each in a fresh interpreter, many times: Flask and Flask-SQLAlchemy
alone, with this extension, and with Flask-Migrate.  The medians of CPU time and the differences to
the first are printed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
APP = """
import time, resource
import flask, flask_sqlalchemy
app = flask.Flask("x"); app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = flask_sqlalchemy.SQLAlchemy(app)
began, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{extension}
spent = time.process_time() - began
print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory)
"""
PROGRAMS = {
    "nothing": "",
    "Flask-SchemaMigrate": "from flask_schemamigrate import SchemaMigrate; SchemaMigrate(app, db)",
    "Flask-Migrate": "from flask_migrate import Migrate; Migrate(app, db)",
}


def measure(program: str) -> tuple[float, float]:
    """Return milliseconds of CPU and kilobytes of memory that registering takes."""
    code = APP.format(extension=PROGRAMS[program])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds) * 1000, float(kilobytes)


def main() -> None:
    """Run the programs in turn and print a table."""
    for program in PROGRAMS:
        measure(program)  # The first run writes byte code.
    found: dict[str, list[tuple[float, float]]] = {program: [] for program in PROGRAMS}
    for _ in range(ROUNDS):
        for program, measured in found.items():
            measured.append(measure(program))
    print(f"{'import and register':<24}{'ms (median)':>12}{'KiB (median)':>14}")
    for program, measured in found.items():
        milliseconds = statistics.median(m for m, _ in measured)
        kilobytes = statistics.median(k for _, k in measured)
        print(f"{program:<24}{milliseconds:>12.2f}{kilobytes:>14.0f}")


if __name__ == "__main__":
    main()
