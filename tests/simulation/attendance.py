"""When people surely were there, and when they surely were not: from their diaries, and from when the hub was killed."""

import bisect

FOREVER = float("inf")
MOVES = ("presence.", "user.", "team.member_", "role.")


class Attendance:
    """`kills` are (from, to) in wall ms: before the one, nobody had lost anything; from the other on, nobody was back."""

    def __init__(self, diaries, kills, rows):
        self.stays = {user: self._cut(diary.stays, kills) for user, diary in diaries.items()}
        self.moves = {}
        for row in rows:
            if row.type.startswith(MOVES) and "user" in row.data:
                self.moves.setdefault(row.data["user"], []).append(row.at_ms)

    @staticmethod
    def _cut(stays, kills):
        """(was in, left, asked) of each stay. It ends when the hub does, however late its person noticed."""
        cut = []
        for asked, begin, end in stays:
            end = FOREVER if end is None else end
            for killed, _ in kills:
                if asked < killed < end:
                    end = killed
            cut.append((end if begin is None else begin, end, asked))
        return cut

    def surely_there(self, user, begin_ms, end_ms):
        """Signed in all that time, and nothing about them changed."""
        stays = self.stays.get(user, ())
        at = bisect.bisect_right(stays, (begin_ms, FOREVER)) - 1
        if at < 0 or stays[at][1] < end_ms:
            return False
        moves = self.moves.get(user, ())
        at = bisect.bisect_right(moves, begin_ms)
        return at == len(moves) or moves[at] > end_ms

    def surely_gone(self, user, begin_ms, end_ms):
        """Neither signed in nor about to be at any moment of that time. Who has no diary never signs in."""
        return all(left < begin_ms or asked > end_ms for _, left, asked in self.stays.get(user, ()))
