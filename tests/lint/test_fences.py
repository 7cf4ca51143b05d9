#!/usr/bin/env python3
"""Each fence is broken once and must say so at the right line; what keeps to the fences passes."""

import unittest

import fences

CONTRACT = "/* Something.\n * Thread: any. */\n"

# (why, path, text, line of the problem, a part of what is said)
BROKEN = [
    ("arrow upwards", "src/base/x.c", '#include "muster/wire/json.h"\n', 1, "base may not include wire"),
    ("arrow sideways", "src/edge/x.c", '\n#include "muster/model/user.h"\n', 2, "edge may not include model"),
    ("contract upwards", "include/muster/auth/x.h", '#include "muster/hub/hub.h"\n', 1, "auth may not include hub"),
    ("no such room", "src/cli/x.c", '#include "muster/misc/x.h"\n', 1, "there is no room"),
    ("another's inside", "src/hub/x.c", '#include "../edge/inner.h"\n', 1, "not in this folder"),
    ("inside in a contract", "include/muster/hub/x.h", '#include "inner.h"\n', 1, "muster/… and the system only"),
    ("web sockets", "src/hub/x.c", "#include <libwebsockets.h>\n", 1, "belongs to src/edge/*"),
    ("event loop", "src/model/x.c", "#include <uv.h>\n", 1, "<uv.h> belongs to"),
    ("JSON", "src/hub/x.c", "#  include <jansson.h>\n", 1, "<jansson.h> belongs to"),
    ("hiredis", "src/bus/server.c", "#include <hiredis/hiredis.h>\n", 1, "belongs to src/bus/redis*"),
    ("libpq", "src/store/store.c", "#include <libpq-fe.h>\n", 1, "belongs to src/store/postgres*"),
    ("SQLite", "src/store/memory.c", "#include <sqlite3.h>\n", 1, "belongs to src/store/sqlite*"),
    ("GLib", "src/base/clock.c", "#include <glib.h>\n", 1, "belongs to src/base/zone.c"),
    ("GLib's parts", "src/base/clock.c", "#include <glib/gdatetime.h>\n", 1, "belongs to src/base/zone.c"),
    ("sodium", "src/store/sqlite.c", "#include <sodium.h>\n", 1, "use base/hash.h"),
    ("liboath", "src/api/auth.c", "#include <liboath/oath.h>\n", 1, "use auth/totp.h"),
    ("uthash", "src/hub/x.c", "#include <uthash.h>\n", 1, "sets a secret key"),
    ("uthash in quotes", "include/muster/hub/x.h", CONTRACT + '#include "uthash.h"\n', 3, "sets a secret key"),
    ("libcurl", "src/hub/x.c", "#include <curl/curl.h>\n", 1, "belongs to src/outbound/*"),
    ("cmocka", "src/base/x.c", "#include <cmocka.h>\n", 1, "tests only"),
    ("loud library", "src/store/x.c", '\n\tmu_log(MU_LOG_ERROR, "store", "x");\n', 2, "logs above debug"),
    ("exit", "src/hub/x.c", "\texit(1);\n", 1, "only the command line may end the process"),
    ("abort", "src/base/x.c", "\tabort();\n", 1, "return an error"),
    ("sleeping C test", "tests/unit/hub/test_x.c", "\tusleep(10);\n", 1, "wait for the event"),
    ("sleeping Python test", "tests/integration/test_x.py", "time." + "sleep(1)\n", 1, "wait for the event"),
    ("sleeping browser test", "tests/browser/x.ts", "await page.waitForTimeout(5);\n", 1, "wait for the event"),
    ("machine path", "README.md", "see /" + "work/main/x\n", 1, "a path of one machine"),
    ("temporary path", "tests/x.sh", 'data="/' + 'tmp/x"\n', 1, "a path of one machine"),
    ("registry", "web/.npmrc", "registry=https://registry." + "npmjs.org/\n", 1, "host of a package registry"),
    ("lock file", "web/package-lock.json", '"resolved": "' + 'https://x.example/y.tgz"\n', 1, "package registry"),
    ("note to oneself", "src/hub/x.c", "/* TO" + "DO: later */\n", 1, "do it or open an issue"),
    ("long file", "src/hub/x.c", "\n" * 601, 601, "601 lines"),
    ("no thread", "include/muster/hub/x.h", "/* x */\n\nint mu_x_find(int id);\n", 3, "no line tells on which thread"),
    ("no thread, inline", "include/muster/hub/x.h", "static inline bool mu_x(int i)\n{\n}\n", 1, "on which thread"),
]

# (why, path, text)
KEPT = [
    ("arrow downwards", "src/hub/x.c", '#include "muster/store/store.h"\n#include "muster/hub/hub.h"\n'),
    ("command line sees all", "src/cli/x.c", '#include "muster/edge/edge.h"\n#include "muster/hub/hub.h"\n'),
    ("command line may exit", "src/cli/x.c", "\texit(2);\n"),
    ("own inside", "src/edge/inner.h", '#include "inner.h"\n#include <libwebsockets.h>\n#include <uv.h>\n'),
    ("SQLite's own", "src/store/sqlite_db.h", "#include <sqlite3.h>\n"),
    ("quiet library", "src/store/x.c", 'mu_log(MU_LOG_DEBUG, "store", "x");\n'),
    ("the log itself", "src/base/log.c", "[MU_LOG_ERROR] = x\n"),
    ("tests see libraries", "tests/unit/edge/test_x.c", "#include <libwebsockets.h>\n#include <cmocka.h>\n"),
    ("a method called sleep", "tests/integration/test_x.py", "client.sleep()\n"),
    ("routes and other paths", "README.md", "PATCH /v1/workspace, /workshop, /usr/bin/python3, ~/work/x, ./tmp/x\n"),
    ("a function whose name ends so", "src/hub/x.c", "on_exit_door(x); at_exit_list(y);\n"),
    ("600 lines", "src/hub/x.c", "\n" * 600),
    ("long prose", "README.md", "\n" * 900),
    ("contract with thread", "include/muster/hub/x.h", CONTRACT + "int mu_x_find(int id);\n"),
    ("types only", "include/muster/hub/x.h", "/* A value. */\nstruct mu_x {\n\tint (*mu_call)(int);\n};\n"),
]


class Fences(unittest.TestCase):
    def test_what_breaks_a_fence_is_reported_at_its_line(self):
        for why, path, text, line, said in BROKEN:
            with self.subTest(why):
                problems = fences.check({path: text})
                self.assertTrue(
                    any(p.path == path and p.line == line and said in p.what for p in problems),
                    f"expected “{said}” at {path}:{line}, got {[str(p) for p in problems]}",
                )

    def test_what_keeps_to_the_fences_passes(self):
        for why, path, text in KEPT:
            with self.subTest(why):
                self.assertEqual([], [str(p) for p in fences.check({path: text})])

    def test_every_row_is_broken_once(self):
        said = " ".join(str(p) for _, path, text, _, _ in BROKEN for p in fences.check({path: text}))
        for row in [*(library.instead for library in fences.LIBRARIES), *(text.what for text in fences.TEXTS)]:
            self.assertIn(row, said)

    def test_arrows_point_downwards_only(self):
        for room, below in fences.ROOMS.items():
            for other in below:
                self.assertNotIn(room, fences.ROOMS[other])
                self.assertLessEqual(set(fences.ROOMS[other]), set(below) | {other}, f"{room} sees {other}'s contracts")

    def test_a_report_says_where_and_what(self):
        problem = fences.check({"src/base/x.c": "#include <glib.h>\n"})[0]
        self.assertEqual(
            "src/base/x.c:1: <glib.h> belongs to src/base/zone.c; use base/zone.h, or the C library", str(problem)
        )


if __name__ == "__main__":
    unittest.main()
