"""Where the modules are that these tests share with others, and the one playing of all cases that were asked for."""

import collections
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "integration")]

import stage  # noqa: E402


@pytest.fixture(scope="session")
def outcomes(request, tmp_path_factory):
    """What became of each case that pytest selected: all are played at the same time, on connections of their own."""
    played = [item.callspec.params["part"] for item in request.session.items if hasattr(item, "callspec")]
    return stage.play_all(played, tmp_path_factory.mktemp("conformance"))


def pytest_terminal_summary(terminalreporter):
    """How many cases each section has, and how many of them passed in all their ways."""
    cases = collections.defaultdict(lambda: [set(), set()])
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(outcome):
            section, rest = report.nodeid.partition("[")[2].partition(": ")[::2]
            cases[section][outcome != "passed"].add(rest.rpartition(", ")[0])
    for section, (good, bad) in sorted(cases.items()):
        terminalreporter.write_line(f"{section:16} {len(good | bad):5} cases, {len(good - bad):5} passed")
    everything = sum(len(good | bad) for good, bad in cases.values())
    terminalreporter.write_line(f"{'all':16} {everything:5} cases, {sum(len(good - bad) for good, bad in cases.values()):5} passed")
