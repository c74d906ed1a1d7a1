"""The broker's keys, one table per subject."""
