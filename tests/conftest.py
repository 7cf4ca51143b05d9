"""Where the modules are that these tests share with others."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "integration")]
