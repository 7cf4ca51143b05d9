#!/usr/bin/env python3
"""Measure Muster against its peers on this machine: ./dev bench, or tests/bench/run.py [options].

Every figure is taken from all servers in the same run, several rounds, in alternating order, server on one core and load
generator on the other. Needs nothing beside the standard library, Node.js for the peers written for it, and nginx with nchan.
"""
import sys

from harness.cli import main

if __name__ == "__main__":
    sys.exit(main())
