#!/usr/bin/env python3
"""Measure what a connection, a change and a message cost, and write docs/capacity.md: ./dev capacity, or this with options."""
import sys

from harness.capacity.main import main

if __name__ == "__main__":
    sys.exit(main())
