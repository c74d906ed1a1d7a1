"""Event-sourced coordinators: decide, append, replay, reply."""
