#!/usr/bin/env python3
"""A proxy whose ways can be made bad while it runs: slow, narrow, blocked, cut, or open at one end only.

A Proxy belongs to one event loop. As a program it keeps as many as it is told to make, so that what they carry isn't work for the
one who commands them: each line of standard input is a command in JSON, each is answered with a line. It ends with its input.

    {"do": "make", "name": NAME, "listen": PATH or null, "to": PATH or [HOST, PORT]}    answers the port, or the path
    {"do": "set", "name": NAME, "way": "up", "down" or "both", "delay_ms": N, "bytes_per_second": N or null, "mode": MODE}
    {"do": "cut" or "heal", "name": NAME}
"""

import asyncio
import contextlib
import json
import sys

CHUNK = 64 * 1024
CHUNKS_ON_THE_WAY = 256
SLICES_PER_SECOND = 50

PASS = "pass"
HOLD = "hold"  # nothing gets through, and nothing is lost: a network that loses every packet for a while
SWALLOW = "swallow"  # what is sent is gone, and so is the news that the other end has closed: a pulled cable


class Way:
    """One direction."""

    def __init__(self):
        self.flowing = asyncio.Event()
        self.set()

    def set(self, delay_ms=0, bytes_per_second=None, mode=PASS):
        self.delay_ms = delay_ms
        self.bytes_per_second = bytes_per_second
        self.mode = mode
        self.flowing.clear() if mode == HOLD else self.flowing.set()


class Link:
    """A connection and the one behind it."""

    def __init__(self, proxy, near, far):
        self.proxy = proxy
        self.writers = near[1], far[1]
        self.pumps = [(near[0], far[1], proxy.up), (far[0], near[1], proxy.down)]
        self.lossy = False
        self.healed = asyncio.Event()

    async def run(self):
        jobs = [asyncio.ensure_future(self._pump(*pump)) for pump in self.pumps]
        try:
            await asyncio.gather(*jobs)
        except OSError:
            if SWALLOW in (self.proxy.up.mode, self.proxy.down.mode):
                self.lossy = True
                await self.healed.wait()
        finally:
            for job in jobs:
                job.cancel()
            self.abort()

    async def _pump(self, reader, writer, way):
        chunks = asyncio.Queue(CHUNKS_ON_THE_WAY)
        feeder = asyncio.ensure_future(self._feed(reader, chunks))
        try:
            while await self._carry(*await chunks.get(), writer, way):
                pass
            await feeder  # which knows if the end was a reset
        finally:
            feeder.cancel()

    @staticmethod
    async def _feed(reader, chunks):
        now = asyncio.get_running_loop().time
        error = None
        try:
            while chunk := await reader.read(CHUNK):
                await chunks.put((now(), chunk))
        except OSError as reset:
            error = reset
        await chunks.put((now(), b""))
        if error:
            raise error

    async def _carry(self, came, chunk, writer, way):
        """Pass on what came at that time; whether there is more to come."""
        await asyncio.sleep(came + way.delay_ms / 1000 - asyncio.get_running_loop().time())
        await way.flowing.wait()
        if way.mode == SWALLOW:
            self.lossy = True
            if not chunk:
                await self.healed.wait()
            return bool(chunk)
        if not chunk:
            writer.write_eof()
            return False
        while chunk:
            n = len(chunk)
            if way.bytes_per_second:
                n = max(1, way.bytes_per_second // SLICES_PER_SECOND)
                await asyncio.sleep(min(n, len(chunk)) / way.bytes_per_second)
            writer.write(chunk[:n])
            chunk = chunk[n:]
            await writer.drain()
        return True

    def abort(self):
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """`to` is the path of a unix socket or (host, port)."""

    def __init__(self, to):
        self.to = to
        self.up = Way()
        self.down = Way()
        self.links = set()
        self.is_cut = False
        self.server = None

    async def start(self, listen=None):
        """Listen on a free port, or a path; the port or the path."""
        if listen is None:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK)
            return self.server.sockets[0].getsockname()[1]
        self.server = await asyncio.start_unix_server(self._serve, listen, limit=CHUNK)
        return listen

    async def _serve(self, reader, writer):
        try:
            if self.is_cut:
                raise ConnectionRefusedError
            if isinstance(self.to, str):
                far = await asyncio.open_unix_connection(self.to, limit=CHUNK)
            else:
                far = await asyncio.open_connection(*self.to, limit=CHUNK)
        except OSError:
            writer.transport.abort()
            return
        link = Link(self, (reader, writer), far)
        if self.is_cut:
            link.abort()
            return
        self.links.add(link)
        try:
            await link.run()
        finally:
            self.links.discard(link)

    def set(self, way="both", **how):
        """Make a direction bad in one way, from now on; what isn't said is as if nothing were wrong."""
        for name in ("up", "down"):
            if way in (name, "both"):
                getattr(self, name).set(**how)

    def cut(self):
        """End all connections, and each new one at once, until healed."""
        self.is_cut = True
        for link in list(self.links):
            link.abort()

    def heal(self):
        """Connections of which something was lost are no good any more: they end."""
        self.is_cut = False
        self.set()
        for link in list(self.links):
            if link.lossy:
                link.healed.set()
                link.abort()

    async def stop(self):
        self.server.close()
        await self.server.wait_closed()
        self.cut()


async def obey(proxies, command):
    do, name = command.pop("do"), command.pop("name")
    if do == "make":
        to = command["to"]
        proxies[name] = Proxy(to if isinstance(to, str) else tuple(to))
        return await proxies[name].start(command["listen"])
    return getattr(proxies[name], do)(**command)


async def main():
    proxies = {}
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await obey(proxies, json.loads(line))), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
