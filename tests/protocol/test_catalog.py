"""The list of every message."""

from kafkapy.protocol.api_key import ApiKey, messages_of
from kafkapy.protocol.catalog import every_message
from kafkapy.protocol.messages.log_records.tables import GROUP_RECORDS, METADATA_RECORDS


def test_requests_responses_and_log_records_are_all_there() -> None:
    found = set(every_message().values())
    assert found > {cls for key in ApiKey for cls in messages_of(key)}
    assert found > set(METADATA_RECORDS.types.values())
    assert found > {cls for pair in GROUP_RECORDS.types.values() for cls in pair}


def test_names_are_those_of_the_classes() -> None:
    assert all(cls.__name__ == name for name, cls in every_message().items())
