"""The kafkapy command, one file per subcommand."""
