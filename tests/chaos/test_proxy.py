"""The proxy does to connections what it is told, and nothing else."""

import asyncio
import contextlib
import json
import pathlib
import subprocess
import sys
import time

import pytest

import proxy

PATIENCE_SECONDS = 20
SHORT_SECONDS = 0.2  # in which nothing must come


class Line:
    """A client, the proxy and a server with one connection through all of them."""

    async def make(self, directory=None):
        self.served = asyncio.Queue()
        listen = str(directory / "server") if directory else None
        if listen:
            self.server = await asyncio.start_unix_server(self._accept, listen)
            to = listen
        else:
            self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
            to = self.server.sockets[0].getsockname()[:2]
        self.proxy = proxy.Proxy(to)
        self.address = await self.proxy.start(str(directory / "proxy") if directory else None)
        self.client = await self.connect()
        self.behind = await self.accepted()
        return self

    async def _accept(self, reader, writer):
        await self.served.put((reader, writer))

    async def connect(self):
        if isinstance(self.address, str):
            return await asyncio.open_unix_connection(self.address)
        return await asyncio.open_connection("127.0.0.1", self.address)

    async def accepted(self):
        return await asyncio.wait_for(self.served.get(), PATIENCE_SECONDS)

    async def finish(self):
        self.server.close()
        await self.proxy.stop()
        self.client[1].transport.abort()
        self.behind[1].transport.abort()


def with_line(test, directory=None):
    async def run():
        line = await Line().make(directory)
        try:
            await asyncio.wait_for(test(line), PATIENCE_SECONDS)
        finally:
            await line.finish()

    asyncio.run(run())


def say(end, text):
    end[1].write(text)


async def hear(end, n):
    return await asyncio.wait_for(end[0].readexactly(n), PATIENCE_SECONDS)


async def hears_nothing(end):
    with contextlib.suppress(asyncio.TimeoutError):
        got = await asyncio.wait_for(end[0].read(1), SHORT_SECONDS)
        raise AssertionError(f"came: {got}")


async def is_over(end):
    """Until the connection ends in whatever way."""
    with contextlib.suppress(OSError):
        assert await asyncio.wait_for(end[0].read(1), PATIENCE_SECONDS) == b""


async def seconds_to_hear(end, n):
    began = time.monotonic()
    await hear(end, n)
    return time.monotonic() - began


@pytest.mark.parametrize("unix", [False, True])
def test_passes_on_both_ways_and_the_end(tmp_path, unix):
    async def test(line):
        long = bytes(range(256)) * 4096
        say(line.client, long)
        assert await hear(line.behind, len(long)) == long
        say(line.behind, b"yes")
        assert await hear(line.client, 3) == b"yes"
        line.client[1].write_eof()
        await is_over(line.behind)
        say(line.behind, b"bye")
        assert await hear(line.client, 3) == b"bye"

    with_line(test, tmp_path if unix else None)


def test_delays_one_way():
    async def test(line):
        line.proxy.set("up", delay_ms=300)
        say(line.client, b"one")
        say(line.behind, b"two")
        assert await seconds_to_hear(line.client, 3) < 0.25
        began = time.monotonic()
        assert await hear(line.behind, 3) == b"one"
        assert time.monotonic() - began > 0.1
        line.proxy.heal()
        say(line.client, b"three")
        assert await seconds_to_hear(line.behind, 5) < 0.25

    with_line(test)


def test_a_delay_keeps_the_order_and_is_not_added_up():
    async def test(line):
        line.proxy.set(delay_ms=100)
        began = time.monotonic()
        for i in range(20):
            say(line.client, b"%02d" % i)
            await line.client[1].drain()
        assert await hear(line.behind, 40) == b"".join(b"%02d" % i for i in range(20))
        assert 0.1 <= time.monotonic() - began < 1

    with_line(test)


def test_throttles():
    async def test(line):
        line.proxy.set("down", bytes_per_second=20_000)
        say(line.behind, bytes(10_000))
        assert 0.4 < await seconds_to_hear(line.client, 10_000) < 3

    with_line(test)


async def shut_one_way(line, mode):
    """What the client says doesn't come; what it is told does."""
    line.proxy.set("up", mode=mode)
    say(line.client, b"kept")
    say(line.behind, b"free")
    assert await hear(line.client, 4) == b"free"
    await hears_nothing(line.behind)


def test_holds_and_loses_nothing():
    async def test(line):
        await shut_one_way(line, proxy.HOLD)
        line.proxy.heal()
        assert await hear(line.behind, 4) == b"kept"

    with_line(test)


def test_swallows_what_is_said_and_that_it_ends():
    async def test(line):
        line.proxy.set(mode=proxy.SWALLOW)
        say(line.client, b"lost")
        await hears_nothing(line.behind)
        line.client[1].transport.abort()
        await hears_nothing(line.behind)
        line.proxy.heal()
        await is_over(line.behind)

    with_line(test)


def test_swallows_one_way_only():
    with_line(lambda line: shut_one_way(line, proxy.SWALLOW))


def test_cuts_and_refuses_until_healed():
    async def test(line):
        line.proxy.cut()
        await is_over(line.client)
        await is_over(line.behind)
        again = await line.connect()
        await is_over(again)
        again[1].close()
        line.proxy.heal()
        line.client = await line.connect()
        line.behind = await line.accepted()
        say(line.client, b"well")
        assert await hear(line.behind, 4) == b"well"

    with_line(test)


def test_a_server_that_is_not_there_ends_the_connection():
    async def run():
        nowhere = proxy.Proxy("nowhere")
        end = await asyncio.open_connection("127.0.0.1", await nowhere.start())
        await is_over(end)
        end[1].close()
        await nowhere.stop()

    asyncio.run(run())


def test_as_a_program_it_does_as_it_is_told():
    async def test(line):
        program = subprocess.Popen(
            [sys.executable, pathlib.Path(proxy.__file__)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        def tell(**command):
            program.stdin.write(json.dumps(command) + "\n")
            program.stdin.flush()
            return json.loads(program.stdout.readline())

        port = tell(do="make", name="p", listen=None, to=["127.0.0.1", line.address])
        end = await asyncio.open_connection("127.0.0.1", port)
        behind = await line.accepted()
        say(end, b"well")
        assert await hear(behind, 4) == b"well"
        tell(do="set", name="p", way="up", mode="swallow")
        say(end, b"lost")
        await hears_nothing(behind)
        tell(do="cut", name="p")
        await is_over(end)
        end[1].close()
        program.stdin.close()
        assert program.wait(PATIENCE_SECONDS) == 0
        program.stdout.close()

    with_line(test)
