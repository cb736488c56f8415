"""Tests of the front door: nothing here creates an environment or calls pip."""
