"""What the fire service can do: arrival times, coverage, water, verdicts. No files, no maps, no page."""
