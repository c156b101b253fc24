"""``alembic.script.revision``: the history as a graph."""

from __future__ import annotations

from .errors import CycleDetected as CycleDetected
from .errors import DependencyCycleDetected as DependencyCycleDetected
from .errors import DependencyLoopDetected as DependencyLoopDetected
from .errors import LoopDetected as LoopDetected
from .errors import MultipleHeads as MultipleHeads
from .errors import RangeNotAncestorError as RangeNotAncestorError
from .errors import ResolutionError as ResolutionError
from .errors import RevisionError as RevisionError
from .node import Revision as Revision
from .revisionmap import RevisionMap as RevisionMap
