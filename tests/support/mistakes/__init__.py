"""Mistakes that people make in profiles: each is an edit of a shipped one, and what has to be said of it."""

from typing import NamedTuple


class Mistake(NamedTuple):
    board: str
    old: str
    new: str
    lead: tuple  # words of the message that lead to the fix
    at: str | None = None  # text that begins in the line that is to be named; the edited line unless it is given
    also: str | None = None  # what is in messages that may come at other lines: an example that holds no longer
    may_load: bool = False  # a hint is enough

    def applied(self, text):
        """The changed profile, and the line that is to be named."""
        assert text.count(self.old) == 1, f"{self.board} has {text.count(self.old)} of {self.old!r}"
        place = text.index(self.old)
        changed = text.replace(self.old, self.new)
        if self.at is None:
            place += next((i for i, (old, new) in enumerate(zip(self.old, self.new)) if old != new),
                          min(len(self.old), len(self.new)))
        else:
            place = changed.index(self.at)
        return changed, changed[:place].count("\n") + 1


def on(board, *edits, **more):
    """Each edit is (old, new, lead), and perhaps `at`; a lead is a text, or several that are all there."""
    return [Mistake(board, old, new, (lead,) if isinstance(lead, str) else lead, *at, **more)
            for old, new, lead, *at in edits]


def hinted(board, *edits, **more):
    return on(board, *edits, may_load=True, **more)
