"""Tests that drive the page in a real Chromium with the network cut off."""
