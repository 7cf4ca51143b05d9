"""What a process of players has to say afterwards: what each client was told, and what was answered."""

import dataclasses
import re

from kept import Kept

HEAD = re.compile(rb'\{"jsonrpc":"2\.0","method":"event","params":\{"type":"([^"]+)"(?:,"seq":(\d+))?')


@dataclasses.dataclass
class Diary:
    """One person's. The story is what they were told, in order: the number of a text for an event, or a tuple:
    ("open", resumed, seq of the cursor) when a session began, ("list", items) for a page of conversations that made up for
    what was missed, and ("end", items) for all that they could see in the end."""

    user: str
    story: list = dataclasses.field(default_factory=list)
    # [asked to come in, was in, left] in wall ms; None: never learned whether they were in, or not yet gone
    stays: list = dataclasses.field(default_factory=list)

    def ask(self, wall_ms):
        self.stays.append([wall_ms, None, None])

    def come(self, wall_ms):
        self.stays[-1][1] = wall_ms

    def leave(self, wall_ms):
        if self.stays and self.stays[-1][2] is None:
            self.stays[-1][2] = wall_ms


@dataclasses.dataclass
class Journal(Kept):
    diaries: dict = dataclasses.field(default_factory=dict)
    texts: dict = dataclasses.field(default_factory=dict)  # an event as it came → its number
    answers: list = dataclasses.field(default_factory=list)  # (method, user or None, CONVERSATION)
    presents: list = dataclasses.field(default_factory=list)  # CONVERSATIONs that conflicts carried
    acknowledged: set = dataclasses.field(default_factory=set)  # ids whose first put was answered
    forced: set = dataclasses.field(default_factory=set)  # (conversation, to, by): sent with force
    refusals: dict = dataclasses.field(default_factory=dict)  # (method, kind) → how often
    complaints: list = dataclasses.field(default_factory=list)  # what must not happen at all

    def hear(self, diary, text):
        """Note an event; its type, or None if it was only for the moment."""
        found = HEAD.match(text)
        if not found[2]:
            return None
        diary.story.append(self.texts.setdefault(text, len(self.texts)))
        return found[1]

    def refuse(self, method, kind):
        self.refusals[method, kind] = self.refusals.get((method, kind), 0) + 1
