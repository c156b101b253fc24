"""What a script asks: answers are written into the journal, and given again after an interruption.

Why, is told in :mod:`.answers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from . import answers
from . import journal
from .answers import Answer
from .journal import Entry
from .journal import fingerprint
from .replay import Replay


@dataclass(slots=True)
class Asked:
    """The question in flight, and the answer to give.

    ``pending`` are entries that wait to be written.
    """

    pending: list[Entry]
    replay: Replay
    question: Entry | None = None
    answer: Answer | None = None

    def is_answered(self, statement: str, parameters: Any) -> bool:
        """Whether a question gets the answer that it got the first time; else keep the new one."""
        unit = fingerprint(f"{statement}\0{parameters!r}")
        if self.replay.is_over:
            self.question = Entry(unit, 0, statement, journal.ANSWER)
            return False
        found = self.replay.recall(unit)
        self.answer = Answer.of_text(found.answer) if found else None
        return found is not None

    def refused(self) -> None:
        """Note that a question got no answer at all."""
        if self.question is not None:
            self.pending.append(replace(self.question, answer=answers.REFUSED.text))
            self.question = None

    def heard(self, cursor: Any, context: Any, many: bool) -> None:
        """Keep the answer to a question: rows, or the number of an inserted row."""
        question, self.question = self.question, None
        if question is None or many or context._is_server_side:
            return
        if cursor.description is None and not context.isinsert:
            return
        answer = answers.taken(cursor, context)
        if answer is not None:
            self.pending.append(replace(question, answer=answer.text))
