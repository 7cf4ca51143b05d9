"""The bench harness: starts servers, drives the load generator, writes results. Standard library only."""
