"""One file per API: wire to domain call to wire."""
