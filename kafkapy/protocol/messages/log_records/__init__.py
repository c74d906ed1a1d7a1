"""Schemas of the records in Kafka's internal topics and in the metadata log."""
