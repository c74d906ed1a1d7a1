"""Messages as JSON data, as Kafka's converters write them."""

import base64

from kafkapy.protocol.json_form import json_form, json_line
from kafkapy.protocol.messages.fetch import FetchRequest
from kafkapy.protocol.messages.log_records.partition_change_record import PartitionChangeRecord
from kafkapy.protocol.messages.log_records.user_scram_credential_record import UserScramCredentialRecord
from kafkapy.protocol.schema import default_instance

TOPIC_ID = bytes(range(16))


def test_tagged_fields_appear_when_they_say_something() -> None:
    record = PartitionChangeRecord(partition_id=3, topic_id=TOPIC_ID, leader=-2, isr=[])
    assert json_form(record, 1) == {"partitionId": 3, "topicId": "AAECAwQFBgcICQoLDA0ODw", "isr": []}
    record.directories = [TOPIC_ID]
    assert json_form(record, 1)["directories"] == ["AAECAwQFBgcICQoLDA0ODw"]
    assert "directories" not in json_form(record, 0)


def test_bytes_are_base64() -> None:
    record = UserScramCredentialRecord(
        name="n", mechanism=1, salt=b"\xff\xfe", stored_key=b"", server_key=b"", iterations=4096
    )
    form = json_form(record, 0)
    assert base64.b64decode(form["salt"]) == b"\xff\xfe"
    assert form["storedKey"] == ""


def test_fields_of_other_versions_are_left_out() -> None:
    request = default_instance(FetchRequest)
    assert "replicaId" in json_form(request, 12)
    assert "replicaId" not in json_form(request, 15)


def test_only_what_must_be_escaped_is() -> None:
    assert json_line({"a": ['é\x1f\\u001f\n"', 1]}) == '{"a":["é\\u001F\\\\u001f\\n\\"",1]}'
