"""The records of the metadata log: their classes in one place, and which version of each may be written.

The version follows from the cluster's `metadata.version`, so that the Kafka release it stands for can read
the log, or from what a record says. Source: the `...RecordVersion` methods of Kafka's `MetadataVersion`.
"""

from copy import copy
from dataclasses import replace
from typing import TypeAlias, cast

from kafkapy.protocol.messages.log_records.abort_transaction_record import AbortTransactionRecord
from kafkapy.protocol.messages.log_records.access_control_entry_record import AccessControlEntryRecord
from kafkapy.protocol.messages.log_records.begin_transaction_record import BeginTransactionRecord
from kafkapy.protocol.messages.log_records.broker_registration_change_record import (
    BrokerRegistrationChangeRecord,
)
from kafkapy.protocol.messages.log_records.clear_elr_record import ClearElrRecord
from kafkapy.protocol.messages.log_records.client_quota_record import ClientQuotaRecord
from kafkapy.protocol.messages.log_records.config_record import ConfigRecord
from kafkapy.protocol.messages.log_records.delegation_token_record import DelegationTokenRecord
from kafkapy.protocol.messages.log_records.end_transaction_record import EndTransactionRecord
from kafkapy.protocol.messages.log_records.feature_level_record import FeatureLevelRecord
from kafkapy.protocol.messages.log_records.fence_broker_record import FenceBrokerRecord
from kafkapy.protocol.messages.log_records.framing import encode_metadata_record
from kafkapy.protocol.messages.log_records.no_op_record import NoOpRecord
from kafkapy.protocol.messages.log_records.partition_change_record import PartitionChangeRecord
from kafkapy.protocol.messages.log_records.partition_record import PartitionRecord
from kafkapy.protocol.messages.log_records.producer_ids_record import ProducerIdsRecord
from kafkapy.protocol.messages.log_records.register_broker_record import RegisterBrokerRecord
from kafkapy.protocol.messages.log_records.register_controller_record import RegisterControllerRecord
from kafkapy.protocol.messages.log_records.remove_access_control_entry_record import (
    RemoveAccessControlEntryRecord,
)
from kafkapy.protocol.messages.log_records.remove_delegation_token_record import RemoveDelegationTokenRecord
from kafkapy.protocol.messages.log_records.remove_topic_record import RemoveTopicRecord
from kafkapy.protocol.messages.log_records.remove_user_scram_credential_record import (
    RemoveUserScramCredentialRecord,
)
from kafkapy.protocol.messages.log_records.tables import METADATA_RECORDS
from kafkapy.protocol.messages.log_records.topic_record import TopicRecord
from kafkapy.protocol.messages.log_records.unfence_broker_record import UnfenceBrokerRecord
from kafkapy.protocol.messages.log_records.unregister_broker_record import UnregisterBrokerRecord
from kafkapy.protocol.messages.log_records.user_scram_credential_record import UserScramCredentialRecord
from kafkapy.protocol.messages.log_records.zk_migration_state_record import ZkMigrationStateRecord
from kafkapy.protocol.primitives import Buffer
from kafkapy.protocol.schema import schema_of, wires_of

__all__ = [
    "IV_3_6_1",
    "IV_3_7_0",
    "IV_4_0_1",
    "IV_4_3_0",
    "AbortTransactionRecord",
    "AccessControlEntryRecord",
    "BeginTransactionRecord",
    "BrokerRegistrationChangeRecord",
    "ClearElrRecord",
    "ClientQuotaRecord",
    "ConfigRecord",
    "DelegationTokenRecord",
    "EndTransactionRecord",
    "FeatureLevelRecord",
    "FenceBrokerRecord",
    "MetadataRecord",
    "NoOpRecord",
    "PartitionChangeRecord",
    "PartitionRecord",
    "ProducerIdsRecord",
    "RegisterBrokerRecord",
    "RegisterControllerRecord",
    "RemoveAccessControlEntryRecord",
    "RemoveDelegationTokenRecord",
    "RemoveTopicRecord",
    "RemoveUserScramCredentialRecord",
    "TopicRecord",
    "UnfenceBrokerRecord",
    "UnregisterBrokerRecord",
    "UserScramCredentialRecord",
    "ZkMigrationStateRecord",
    "decode_record",
    "encode_record",
]

MetadataRecord: TypeAlias = (
    AbortTransactionRecord
    | AccessControlEntryRecord
    | BeginTransactionRecord
    | BrokerRegistrationChangeRecord
    | ClearElrRecord
    | ClientQuotaRecord
    | ConfigRecord
    | DelegationTokenRecord
    | EndTransactionRecord
    | FeatureLevelRecord
    | FenceBrokerRecord
    | NoOpRecord
    | PartitionChangeRecord
    | PartitionRecord
    | ProducerIdsRecord
    | RegisterBrokerRecord
    | RegisterControllerRecord
    | RemoveAccessControlEntryRecord
    | RemoveDelegationTokenRecord
    | RemoveTopicRecord
    | RemoveUserScramCredentialRecord
    | TopicRecord
    | UnfenceBrokerRecord
    | UnregisterBrokerRecord
    | UserScramCredentialRecord
    | ZkMigrationStateRecord
)

IV_3_4_0, IV_3_6_1, IV_3_7_0, IV_3_7_2, IV_4_0_1, IV_4_3_0 = 8, 13, 15, 17, 23, 30
"""Levels of `metadata.version` at which records changed: ZooKeeper migration, transactions, registered
controllers, log directories, eligible leader replicas, cordoned log directories.
"""


def encode_record(record: MetadataRecord, metadata_version: int) -> bytes:
    """The value of the log record; what an older `metadata.version` has no place for is left out."""
    version = _version(record, metadata_version)
    if version < schema_of(type(record)).valid_versions[-1]:
        missing = {
            name: copy(wire.default)
            for name, wire in wires_of(type(record)).items()
            if version not in wire.versions
        }
        record = replace(record, **missing)
    return encode_metadata_record(record, version)


def decode_record(value: Buffer) -> MetadataRecord:
    """The record in a log record's value. UnknownRecordType if it is too new, or MalformedMessage."""
    return cast(MetadataRecord, METADATA_RECORDS.decode(value))


def _version(record: MetadataRecord, metadata_version: int) -> int:
    match record:
        case PartitionRecord() | PartitionChangeRecord():
            return (metadata_version >= IV_3_7_2) + (metadata_version >= IV_4_0_1)
        case RegisterBrokerRecord():
            reached = (metadata_version >= level for level in (IV_3_4_0, IV_3_7_2, IV_4_3_0))
            return 1 + sum(reached)
        case BrokerRegistrationChangeRecord():
            if record.cordoned_log_dirs is not None:
                return 3
            return 2 if record.log_dirs else int(record.in_controlled_shutdown != 0)
        case _:
            return 0
