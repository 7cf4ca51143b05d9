"""Count the tests in a JUnit file: prints "PASSED FAILED".

    tally.py RESULTS.xml EXIT_STATUS

A test that was skipped did not pass, so it counts as failed. A runner that failed without naming a failed test, wrote no
results or ran nothing counts as one failure. A C test program is one case to its runner but says itself how many tests it
ran; those are counted one by one.
"""

import re
import sys
import xml.etree.ElementTree as ET

CMOCKA_TOTALS = re.compile(r"\[  (PASSED|FAILED)  \] (\d+) test\(s\)")


def count_case(case):
    """(passed, failed) of one <testcase>."""
    bad = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
    bad = bad or case.get("status") in ("fail", "notrun", "disabled")
    inner = {"PASSED": 0, "FAILED": 0}
    for which, number in CMOCKA_TOTALS.findall(case.findtext("system-out") or ""):
        inner[which] += int(number)
    passed, failed = inner["PASSED"], inner["FAILED"]
    if bad:
        return passed, max(failed, 1)
    return (passed, failed) if passed + failed else (1, 0)


def count(path):
    passed = failed = 0
    for case in ET.parse(path).getroot().iter("testcase"):
        good, bad = count_case(case)
        passed += good
        failed += bad
    return passed, failed


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    try:
        passed, failed = count(path)
    except (OSError, ET.ParseError):
        passed = failed = 0
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    print(passed, failed)


main()
