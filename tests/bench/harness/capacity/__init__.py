"""The capacity model: sweeps that are measured, lines fitted to them, and a page that reckons with those."""
