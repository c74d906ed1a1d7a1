"""Transcripts, one file per API or group of APIs."""
