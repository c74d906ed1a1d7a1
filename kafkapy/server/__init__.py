"""The asyncio edge: listeners, connections, limits, shutdown."""
