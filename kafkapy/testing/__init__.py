"""What tests of Kafka clients import: a virtual clock, brokers, faults."""
