"""Many tenants upgraded by many workers: processes of this machine, or of others."""

from __future__ import annotations

from .fleet import Fleet as Fleet
from .fleet import upgrade_each as upgrade_each
from .jobs import import_path as import_path
from .jobs import Place as Place
