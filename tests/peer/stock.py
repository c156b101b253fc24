"""Print ``flask_schemamigrate/compat/known.py``, made of our templates and of downloaded releases.

``python -m tests.peer.stock FOLDER``, where FOLDER has sdists and wheels of Flask-Migrate and
Alembic, as ``pip download --no-deps`` leaves them.  Only hashes are kept.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from flask_schemamigrate.compat import stock

_PLACE = re.compile(
    r"(?:^|/)(flask_migrate|alembic)/templates/([\w-]+)/(env\.py|script\.py\.mako)$"
)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an sdist or a wheel."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if _PLACE.search(name):
                    yield name, opened.read(name)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and _PLACE.search(member.name):
                file = tar.extractfile(member)
                assert file is not None
                yield member.name, file.read()


def main(folder: Path) -> None:
    """Print the module."""
    found: dict[str, dict[str, str]] = {"env.py": {}, "script.py.mako": {}}
    for archive in sorted(folder.rglob("*")):
        if archive.suffix not in (".whl", ".gz", ".zip"):
            continue
        for name, data in members(archive):
            place = _PLACE.search(name)
            assert place is not None
            package, layout, file = place.groups()
            if file == "env.py":
                layout = layout if package == "flask_migrate" else f"alembic-{layout}"
            else:
                layout = "multidb" if "multidb" in layout else "generic"
            source = data.decode()
            make = stock.fingerprint if file == "env.py" else stock.template_fingerprint
            try:
                key = make(source)
            except SyntaxError:  # Python 2
                continue
            known = found[file].setdefault(key, layout)
            if known != layout:
                print(f"{archive.name}: {layout} {file} is that of {known}", file=sys.stderr)
    for template in sorted((stock_folder() / "templates").iterdir()):
        if template.is_dir():
            layout = "ours" if template.name == "generic" else f"ours-{template.name}"
            key = stock.fingerprint((template / "env.py.txt").read_text(encoding="utf-8"))
            found["env.py"][key] = layout
            text = (template / "script.py.mako").read_text(encoding="utf-8")
            found["script.py.mako"][stock.template_fingerprint(text)] = template.name
    print('"""Hashes of files that Flask-Migrate and Alembic wrote into new folders.')
    print('\nMade by ``tests/peer/stock.py``: see there.\n"""')
    print("\nfrom __future__ import annotations\n\nfrom typing import Literal")
    for name, file in (("ENVIRONMENTS", "env.py"), ("TEMPLATES", "script.py.mako")):
        kind = "str" if file == "env.py" else 'Literal["generic", "multidb"]'
        print(f"\n#: Hash of a file ``{file}`` -> the layout that it belongs to.")
        print(f"{name}: dict[str, {kind}] = {{")
        for key, layout in sorted(found[file].items(), key=lambda item: (item[1], item[0])):
            print(f'    "{key}": "{layout}",')
        print("}")


def stock_folder() -> Path:
    """Return the folder of the package."""
    return Path(stock.__file__).parents[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
