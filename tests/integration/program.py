"""A command of the program that goes on running: its output line by line, or what it shows on a terminal; and
`muster tail` on a hub."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

from hub import PROGRAM, TIMEOUT, Log

STYLE = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"\x1b\[\?2026h\x1b\[H(?:\x1b\[J)?(.*?)\x1b\[\?2026l", re.S)


class Program:
    """Standard output and standard error are pipes."""

    def __init__(self, words, env, directory, input=None, before=(), **more):
        directory.mkdir(exist_ok=True)
        self.out = Log(directory / "out.log")
        self.err = Log(directory / "err.log")
        self.process = subprocess.Popen(
            [*before, PROGRAM, *map(str, words)],
            stderr=subprocess.PIPE,
            env=env,
            **{"stdin": subprocess.DEVNULL if input is None else subprocess.PIPE, "stdout": subprocess.PIPE, **more},
        )
        self.err.follow(self.process.stderr)
        if self.process.stdout:
            self.out.follow(self.process.stdout)
        if input is not None:
            self.process.stdin.write(input.encode())
            self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self):
        """Its exit code; by then all output is in."""
        code = self.process.wait(TIMEOUT)
        for log in (self.out, self.err):
            if hasattr(log, "thread"):
                log.thread.join(TIMEOUT)
        return code

    def fails(self):
        """Until it ends with 1 and one line on standard error; that line."""
        assert self.wait_exit() == 1, self.err.tail()
        assert len(self.err.lines) == 1, self.err.tail()
        return self.err.lines[0]

    def finish(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait(TIMEOUT)


class Terminal(Program):
    """Standard input and output are a terminal. Knows as much of control sequences as `muster top` uses: a screen
    is drawn from the cursor's home in one synchronized update, and each line begins with clearing it."""

    def __init__(self, words, env, directory, width=80, height=24):
        self.master, self.slave = pty.openpty()
        self.resize(width, height)
        self.before = termios.tcgetattr(self.slave)
        self.bytes = b""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        super().__init__(words, env, directory, before=["setsid", "--ctty"], stdin=self.slave, stdout=self.slave)
        self.reader.start()

    def _read(self):
        while True:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                return
            with self.changed:
                self.bytes += chunk
                self.changed.notify_all()

    def resize(self, width, height):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    @property
    def text(self):
        return self.bytes.decode(errors="replace")

    @property
    def lines(self):
        """The lines of the last screen that is complete, without colours and blanks at the end."""
        screens = FRAME.findall(self.text)
        return [STYLE.sub("", line).replace("\x1b[2K", "").rstrip() for line in screens[-1].split("\r\n")] if screens else []

    def wait(self, ready, what):
        """Until ready(lines) is true; the lines."""
        deadline = time.monotonic() + TIMEOUT
        with self.changed:
            while True:
                lines = self.lines
                if ready(lines):
                    return lines
                left = deadline - time.monotonic()
                assert left > 0, f"no {what}; the screen:\n" + "\n".join(lines) + "\n" + self.err.tail()
                self.changed.wait(left)

    def wait_line(self, pattern):
        """Until a line of the screen matches; the match."""
        self.wait(lambda lines: any(re.search(pattern, line) for line in lines), f"line like {pattern}")
        return next(found for line in self.lines if (found := re.search(pattern, line)))

    def wait_text(self, text):
        """Until this was written, as it is."""
        self.wait(lambda _: text in self.text, repr(text))

    @property
    def settings_kept(self):
        return termios.tcgetattr(self.slave) == self.before

    @property
    def restored(self):
        """Whether the terminal is as it was: its settings, the cursor, and the page of before."""
        return (
            self.settings_kept
            and self.text.rfind("\x1b[?25h") > self.text.rfind("\x1b[?25l")
            and self.text.rfind("\x1b[?1049l") > self.text.rfind("\x1b[?1049h")
        )

    def wait_exit(self):
        code = super().wait_exit()
        if "\x1b[?1049h" in self.text:
            self.wait_text("\x1b[?1049l")
        return code

    def finish(self):
        super().finish()
        os.close(self.slave)
        self.reader.join(TIMEOUT)
        os.close(self.master)


def url(hub):
    return f"http://127.0.0.1:{hub.port}"


def start_tail(run, hub, *words, user="adm", **options):
    """tail on a real hub, with its session open."""
    before = hub.metric("muster_sessions")
    tail = run(hub, "tail", "--url", url(hub), "--token", hub.token(user), *words, **options)
    wait_metric(hub, "muster_sessions", before + 1)
    return tail


def wait_metric(hub, name, value):
    """Until it has this value. The hub tells nobody when a session opens that is nobody's presence, so it is asked."""
    deadline = time.monotonic() + TIMEOUT
    while hub.metric(name) != value:
        assert time.monotonic() < deadline, f"{name} is {hub.metric(name)}, not {value}; {hub.log.tail()}"
