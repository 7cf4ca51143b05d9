"""Proves from the log, and from what each client was told, that a day went as it must. See the README of this folder."""

import collections
import dataclasses

from attendance import Attendance
from decisions import Decisions
from delivery import Delivery, Reader, Reading
from ledger import shown, wall_ms

SHOWN_FAULTS = 12
OVERSLEPT_MS = 1000


@dataclasses.dataclass(frozen=True)
class Fault:
    what: str
    seq: int | None
    text: str

    def __str__(self):
        return f"{self.what}: {f'event {self.seq}: ' if self.seq else ''}{self.text}"


@dataclasses.dataclass
class Verdict:
    faults: list
    counts: dict

    def __str__(self):
        by_kind = collections.Counter(fault.what for fault in self.faults)
        lines = [str(fault)[:700] for fault in self.faults[:SHOWN_FAULTS]]
        return "\n".join([f"faults: {dict(by_kind) or 'none'}", *lines])


class Checker:
    """`rows`: the log; `journals`: of all players; `kills`: when the hub was killed, see Attendance."""

    def __init__(self, rows, journals, kills=()):
        self.rows = rows
        self.journals = journals
        self.faults = []
        self.diaries = {user: diary for journal in journals for user, diary in journal.diaries.items()}
        forced = set().union(*(journal.forced for journal in journals))
        self.decisions = Decisions(Attendance(self.diaries, kills, rows), forced, self.find)
        self.delivery = Delivery(self.diaries, self.decisions.ledger)

    def find(self, what, row, text):
        self.faults.append(Fault(what, row.seq if row else None, text))

    def check(self):
        self._log()
        final = self.decisions.end(self.rows)
        self._nothing_lost(final)
        self._answers()
        told = self._diaries()
        for journal in self.journals:
            for complaint in journal.complaints:
                self.find("complaint", None, complaint)
        return Verdict(self.faults, {**self.decisions.counts, "told": told, "conversations": len(final)})

    def _log(self):
        records = self.decisions.ledger.records
        for number, row in enumerate(self.rows, 1):
            if row.seq != number:
                self.find("sequence", row, f"stands where {number} should")
            before = records.get(row.data.get("conversation")) if row.type.startswith("conversation.") else None
            self.decisions.take(row)
            self.delivery.take(row, before)

    def _nothing_lost(self, final):
        """What was acknowledged is there, and nothing has overslept."""
        end_ms = self.rows[-1].at_ms
        for journal in self.journals:
            for id in sorted(journal.acknowledged - final.keys()):
                self.find("lost", None, f"{id} was acknowledged, but is not in the log")
        for record in final.values():
            due = wall_ms(record["snoozed_until"] if record["status"] == "snoozed" else record["offer_expires_at"])
            if due is not None and due < end_ms - OVERSLEPT_MS:
                self.find("lost", None, f"{record['id']} is {record['status']} and sleeps since {due}")

    def _answers(self):
        """Every record that was answered or came with a conflict is one that the log has."""
        for journal in self.journals:
            for method, user, record in journal.answers:
                self._answer(f"{user or 'the platform'} was answered on {method}", record)
            for record in journal.presents:
                self._answer("a conflict carried", record)

    def _answer(self, who, record):
        kept = self.decisions.history.get((record["id"], record["version"]))
        if kept is None or shown(kept) != record:
            self.find("acknowledged", None, f"{who}: {record}, but the log has {kept}")

    def _diaries(self):
        told = 0
        reading = Reading(self.rows, self.find)
        for journal in self.journals:
            texts = [reading.get(text) for text in journal.texts]
            for user, diary in journal.diaries.items():
                Reader(diary, self.delivery.expected[user], texts, self.find).read(self.rows[-1].seq)
                told += sum(isinstance(entry, int) for entry in diary.story)
        return told
