"""The key of a control record, behind its int16 version: which kind of control record it is."""

from kafkapy.protocol.schema import int16, message


@message(valid="0")
class ControlRecordTypeSchema:
    type: int = int16()
