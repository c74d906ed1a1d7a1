"""Kafka's wire protocol: message schemas, codecs, headers, error codes. Sans-IO."""
