"""kafkapy: a broker in Python that speaks the Kafka protocol exactly."""

__version__ = "0.1.0"
