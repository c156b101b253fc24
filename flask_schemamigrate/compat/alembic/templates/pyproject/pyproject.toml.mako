[tool.alembic]
# Where env.py and the scripts are.
script_location = "${script_location}"
# Folders that import finds first.
prepend_sys_path = [
    "."
]
