"""One partition's log in Kafka's file formats, and what keeps it healthy."""
