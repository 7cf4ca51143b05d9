"""A run is judged by what it held: what grows, and what is left open, is found."""

import soak

REST = {"files": 20, "threads": 6}
COUNTS = {"slow_readers": 3}


def samples(growth, seconds=7200):
    """Memory that grows by this part of itself over the whole time, up and down by 5 % every minute beside that."""
    return [
        {"at_seconds": at, **dict.fromkeys(("rss_kib", "anonymous_kib", "heap_kib"), 40_000 * (1 + growth * at / seconds + (at // 30 % 2) * 0.05))}
        for at in range(10, seconds + 10, 10)
    ]


def findings(growth=0.0, after=REST, counts=COUNTS, complaints=()):
    return soak.judge(REST, samples(growth), after, counts, list(complaints))[1]


def test_nothing_is_found_where_nothing_is_kept():
    assert findings() == []
    assert findings(growth=0.015) == []
    assert findings(growth=-0.2, after={"files": 19, "threads": 6}) == []


def test_memory_that_grows():
    assert findings(growth=0.03) == ["memory drifts by 2.94%, more than 2%"]


def test_the_drift_is_that_of_the_whole_time():
    assert round(soak.drift(samples(0.1), "rss_kib"), 3) == 0.098
    assert round(soak.drift(samples(0.0), "rss_kib"), 3) == 0.0


def test_a_file_that_stays_open():
    assert findings(after={"files": 21, "threads": 6}) == ["1 files more are open in the end"]


def test_a_thread_that_stays():
    assert findings(after={"files": 20, "threads": 7}) == ["1 threads more run in the end"]


def test_slow_readers_who_were_never_ended():
    assert len(findings(counts={"slow_readers": 0})) == 1


def test_what_people_complained_of():
    assert findings(complaints=["not everybody came back"]) == ["not everybody came back"]
