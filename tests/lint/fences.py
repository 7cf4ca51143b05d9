#!/usr/bin/env python3
"""The fences of the tree: which room may include which, which library belongs where, what no file may hold.

    fences.py [DIRECTORY]     checks every file that git knows or would add; prints `file:line: what and what to do`

Each fence is a row of a table below; a new rule is a new row. test_fences.py breaks each of them once.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

LONGEST_FILE = 600

# Room: the rooms whose headers it may include besides its own. Arrows point downwards only.
ROOMS = {
    "base": [],
    "auth": ["base"],
    "wire": ["auth", "base"],
    "model": ["auth", "base"],
    "store": ["base"],
    "bus": ["base"],
    "api": ["model", "auth", "wire", "base"],
    "hub": ["api", "model", "store", "bus", "wire", "auth", "base"],
    "edge": ["wire", "auth", "base"],
    "outbound": ["base"],
    "bench": ["base"],
    "cli": ["bench", "outbound", "edge", "hub", "api", "model", "store", "bus", "wire", "auth", "base"],
}

PRODUCT = ["src/*", "include/*"]
LIBRARY_ROOMS = [f"src/{room}/*" for room in ("base", "wire", "auth", "model", "store")]
CODE = ["*.c", "*.h", "*.py", "*.ts", "*.tsx", "*.js", "*.mjs", "*.css", "*.sh", "*CMakeLists.txt", "dev"]


@dataclass(frozen=True)
class Library:
    """A library's headers and the only places of the product that may include them."""

    headers: str
    places: list
    instead: str


LIBRARIES = [
    Library("libwebsockets*", ["src/edge/*"], "go through a queue or the edge's own headers"),
    Library("uv.h", ["src/edge/*", "src/hub/*", "src/cli/*", "src/bus/*", "include/muster/bus/*"], "take `now` and callbacks as arguments"),
    Library(
        "jansson.h",
        ["src/wire/*", "include/muster/wire/*", "src/auth/*", "include/muster/auth/json_read.h", "src/api/*"],
        "describe the record as a shape and let wire/codec.h read and write it",
    ),
    Library("hiredis/*", ["src/bus/redis*"], "go through src/bus/redis.h"),
    Library("libpq*", ["src/store/postgres*"], "go through store.h"),
    Library("sqlite3*", ["src/store/sqlite*"], "go through store.h"),
    Library("curl/*", ["src/outbound/*"], "go through a header of outbound"),
    Library("glib*", ["src/base/zone.c"], "use base/zone.h, or the C library"),
    Library("sodium*", ["src/base/*", "src/auth/*"], "use base/hash.h or a header of auth"),
    Library("liboath*", ["src/auth/*"], "use auth/totp.h"),
    Library("uthash.h", ["include/muster/base/hash.h"], 'include "muster/base/hash.h", which sets a secret key'),
    Library("cmocka*", [], "it belongs to tests only"),
]


@dataclass(frozen=True)
class Text:
    """What no line of some files may hold. A row of `except_in` is a place that has a reason."""

    pattern: str
    what: str
    places: list
    except_in: tuple = ()


SLEEPS = "a test that sleeps is slow or wrong; wait for the event"

TEXTS = [
    Text(
        r"\bMU_LOG_(?:ERROR|WARN|INFO)\b",
        "a library room logs above debug; return the error and let the hub, the edge or the command line log it",
        LIBRARY_ROOMS,
        ("src/base/log.c",),
    ),
    Text(
        r"\b(?:_?exit|abort|quick_exit)\s*\(",
        "only the command line may end the process; return an error",
        PRODUCT,
        ("src/cli/*",),
    ),
    Text(r"\b(?:u|nano|clock_nano)?sleep\s*\(", SLEEPS, ["tests/unit/*", "tests/fuzz/*", "tests/faults/*"]),
    Text(r"\b(?:time|asyncio)\.sleep\s*\(", SLEEPS, ["tests/integration/*", "tests/conformance/*"]),
    Text(r"\bwaitForTimeout\s*\(", SLEEPS, ["tests/browser/*"]),
    Text(
        r"(?<![\w.~$}-])/(?:work|tmp|root|home)(?=[/\s\"'`):;,\\]|$)",
        "a path of one machine; make it relative, an option or a temporary directory of the test",
        ["*"],
    ),
    Text(
        r"\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bpypi\.[a-z]{2,}|\bpythonhosted\.[a-z]{2,}|\"resolved\":\s*\"http",
        "the host of a package registry; leave it to the installer's configuration",
        ["*"],
    ),
    Text(r"\b(?:TODO|FIXME|XXX)\b", "a note to oneself; do it or open an issue", CODE, ("tests/lint/*",)),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<mark>[<"])(?P<name>[^>"]+)[>"]')
PROTOTYPE = re.compile(r"^(?!typedef)(?:static inline )?[A-Za-z_][\w\s*]*?\bmu_\w+\s*\([^;{]*(?:;|,|\{|$)")


@dataclass(frozen=True, order=True)
class Problem:
    path: str
    line: int
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}"


def matches(path, patterns):
    return any(fnmatch(path, pattern) for pattern in patterns)


def room_of(path):
    """The room that a file of the product belongs to, or None."""
    parts = PurePosixPath(path).parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "muster") and len(parts) > 3:
        return parts[2]
    return None


def check_room_include(path, number, name):
    room = room_of(path)
    other = name.split("/")[1] if name.count("/") == 2 else None
    if other not in ROOMS:
        yield Problem(path, number, f'there is no room for "{name}"; a header is muster/<room>/<module>.h')
    elif room and other != room and other not in ROOMS.get(room, []):
        allowed = ", ".join(ROOMS.get(room, [])) or "no other room"
        advice = f"it may include {allowed}: move what is shared down"
        yield Problem(path, number, f"{room} may not include {other}; {advice}")


def check_private_include(path, number, name, files):
    if path.startswith("include/"):
        yield Problem(path, number, f'a contract includes "{name}"; it may include muster/… and the system only')
    elif str(PurePosixPath(path).parent / name) not in files:
        yield Problem(path, number, f'"{name}" is not in this folder; a room sees others through include/muster/ only')


def check_library_include(path, number, name):
    for library in LIBRARIES:
        if fnmatch(name, library.headers) and not matches(path, library.places):
            where = ", ".join(library.places) or "no file of the product"
            yield Problem(path, number, f"<{name}> belongs to {where}; {library.instead}")


def check_includes(path, lines, files):
    if not (matches(path, PRODUCT) and matches(path, ["*.c", "*.h"])):
        return
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if not include:
            continue
        name = include["name"]
        if name.startswith("muster/"):
            yield from check_room_include(path, number, name)
        elif include["mark"] == '"':
            yield from check_private_include(path, number, name, files)
        yield from check_library_include(path, number, name)


def check_texts(path, lines, files):
    for fence in TEXTS:
        if not matches(path, fence.places) or matches(path, fence.except_in):
            continue
        for number, line in enumerate(lines, 1):
            found = re.search(fence.pattern, line)
            if found:
                yield Problem(path, number, f"“{found[0].strip()}”: {fence.what}")


def check_length(path, lines, files):
    if matches(path, CODE) and len(lines) > LONGEST_FILE:
        yield Problem(path, len(lines), f"{len(lines)} lines; split it by job, {LONGEST_FILE} is the most")


def check_thread_line(path, lines, files):
    if not matches(path, ["include/muster/*.h"]):
        return
    first = next((number for number, line in enumerate(lines, 1) if PROTOTYPE.match(line)), None)
    if first and not any(re.search(r"\bThread:", line) for line in lines):
        advice = "add “Thread: …” to the comment on top"
        yield Problem(path, first, f"no line tells on which thread this may be called; {advice}")


CHECKS = [check_includes, check_texts, check_length, check_thread_line]


def check(files):
    """All problems of a tree given as {path: text}, in order."""
    return sorted(
        problem for path, text in files.items() for run in CHECKS for problem in run(path, text.splitlines(), files)
    )


def read_tree(root):
    """The text files of a work tree that git knows or would add."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    files = {}
    for path in filter(None, listed.split("\0")):
        try:
            files[path] = (Path(root) / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a picture, or removed and not yet committed
    return files


def main(arguments):
    root = arguments[0] if arguments else Path(__file__).resolve().parents[2]
    files = read_tree(root)
    problems = check(files)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in {len(files)} files" if problems else f"{len(files)} files, no problem")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
