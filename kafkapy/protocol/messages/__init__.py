"""One file per API: its request and its response, declared once for every version."""
