"""Coroutines that run beside each other and that nobody waits for: what goes wrong in one is a complaint."""

import asyncio


class Jobs:
    def __init__(self, complaints):
        self.complaints = complaints
        self.jobs = set()

    def spawn(self, coroutine):
        job = asyncio.get_running_loop().create_task(coroutine)
        self.jobs.add(job)
        job.add_done_callback(self._done)
        return job

    def _done(self, job):
        self.jobs.discard(job)
        if not job.cancelled() and job.exception() is not None:
            self.complaints.append(f"{job.get_coro()}: {job.exception()!r}")
