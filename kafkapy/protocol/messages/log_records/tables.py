"""Every record type of the internal topics, for those who read all of a topic: loaders and dump tools."""

from kafkapy.protocol.messages.log_records.abort_transaction_record import AbortTransactionRecord
from kafkapy.protocol.messages.log_records.access_control_entry_record import AccessControlEntryRecord
from kafkapy.protocol.messages.log_records.begin_transaction_record import BeginTransactionRecord
from kafkapy.protocol.messages.log_records.broker_registration_change_record import (
    BrokerRegistrationChangeRecord,
)
from kafkapy.protocol.messages.log_records.clear_elr_record import ClearElrRecord
from kafkapy.protocol.messages.log_records.client_quota_record import ClientQuotaRecord
from kafkapy.protocol.messages.log_records.config_record import ConfigRecord
from kafkapy.protocol.messages.log_records.consumer_group_current_member_assignment import (
    ConsumerGroupCurrentMemberAssignmentKey,
    ConsumerGroupCurrentMemberAssignmentValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_member_metadata import (
    ConsumerGroupMemberMetadataKey,
    ConsumerGroupMemberMetadataValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_metadata import (
    ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_partition_metadata import (
    ConsumerGroupPartitionMetadataKey,
    ConsumerGroupPartitionMetadataValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_regular_expression import (
    ConsumerGroupRegularExpressionKey,
    ConsumerGroupRegularExpressionValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_target_assignment_member import (
    ConsumerGroupTargetAssignmentMemberKey,
    ConsumerGroupTargetAssignmentMemberValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_target_assignment_metadata import (
    ConsumerGroupTargetAssignmentMetadataKey,
    ConsumerGroupTargetAssignmentMetadataValue,
)
from kafkapy.protocol.messages.log_records.delegation_token_record import DelegationTokenRecord
from kafkapy.protocol.messages.log_records.end_transaction_record import EndTransactionRecord
from kafkapy.protocol.messages.log_records.feature_level_record import FeatureLevelRecord
from kafkapy.protocol.messages.log_records.fence_broker_record import FenceBrokerRecord
from kafkapy.protocol.messages.log_records.framing import CoordinatorRecords, MetadataRecords, Pair
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataKey, GroupMetadataValue
from kafkapy.protocol.messages.log_records.legacy_offset_commit import (
    LegacyOffsetCommitKey,
    LegacyOffsetCommitValue,
)
from kafkapy.protocol.messages.log_records.no_op_record import NoOpRecord
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitKey, OffsetCommitValue
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
from kafkapy.protocol.messages.log_records.share_group_current_member_assignment import (
    ShareGroupCurrentMemberAssignmentKey,
    ShareGroupCurrentMemberAssignmentValue,
)
from kafkapy.protocol.messages.log_records.share_group_member_metadata import (
    ShareGroupMemberMetadataKey,
    ShareGroupMemberMetadataValue,
)
from kafkapy.protocol.messages.log_records.share_group_metadata import (
    ShareGroupMetadataKey,
    ShareGroupMetadataValue,
)
from kafkapy.protocol.messages.log_records.share_group_state_partition_metadata import (
    ShareGroupStatePartitionMetadataKey,
    ShareGroupStatePartitionMetadataValue,
)
from kafkapy.protocol.messages.log_records.share_group_target_assignment_member import (
    ShareGroupTargetAssignmentMemberKey,
    ShareGroupTargetAssignmentMemberValue,
)
from kafkapy.protocol.messages.log_records.share_group_target_assignment_metadata import (
    ShareGroupTargetAssignmentMetadataKey,
    ShareGroupTargetAssignmentMetadataValue,
)
from kafkapy.protocol.messages.log_records.share_snapshot import ShareSnapshotKey, ShareSnapshotValue
from kafkapy.protocol.messages.log_records.share_update import ShareUpdateKey, ShareUpdateValue
from kafkapy.protocol.messages.log_records.streams_group_current_member_assignment import (
    StreamsGroupCurrentMemberAssignmentKey,
    StreamsGroupCurrentMemberAssignmentValue,
)
from kafkapy.protocol.messages.log_records.streams_group_member_metadata import (
    StreamsGroupMemberMetadataKey,
    StreamsGroupMemberMetadataValue,
)
from kafkapy.protocol.messages.log_records.streams_group_metadata import (
    StreamsGroupMetadataKey,
    StreamsGroupMetadataValue,
)
from kafkapy.protocol.messages.log_records.streams_group_target_assignment_member import (
    StreamsGroupTargetAssignmentMemberKey,
    StreamsGroupTargetAssignmentMemberValue,
)
from kafkapy.protocol.messages.log_records.streams_group_target_assignment_metadata import (
    StreamsGroupTargetAssignmentMetadataKey,
    StreamsGroupTargetAssignmentMetadataValue,
)
from kafkapy.protocol.messages.log_records.streams_group_topology import (
    StreamsGroupTopologyKey,
    StreamsGroupTopologyValue,
)
from kafkapy.protocol.messages.log_records.topic_record import TopicRecord
from kafkapy.protocol.messages.log_records.transaction_log import TransactionLogKey, TransactionLogValue
from kafkapy.protocol.messages.log_records.unfence_broker_record import UnfenceBrokerRecord
from kafkapy.protocol.messages.log_records.unregister_broker_record import UnregisterBrokerRecord
from kafkapy.protocol.messages.log_records.user_scram_credential_record import UserScramCredentialRecord
from kafkapy.protocol.messages.log_records.zk_migration_state_record import ZkMigrationStateRecord

GROUP_RECORDS = CoordinatorRecords(
    [
        Pair(LegacyOffsetCommitKey, LegacyOffsetCommitValue),
        Pair(OffsetCommitKey, OffsetCommitValue),
        Pair(GroupMetadataKey, GroupMetadataValue),
        Pair(ConsumerGroupMetadataKey, ConsumerGroupMetadataValue),
        Pair(ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue),
        Pair(ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue),
        Pair(ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue),
        Pair(ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue),
        Pair(ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue),
        Pair(ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue),
        Pair(ShareGroupMetadataKey, ShareGroupMetadataValue),
        Pair(ShareGroupTargetAssignmentMetadataKey, ShareGroupTargetAssignmentMetadataValue),
        Pair(ShareGroupTargetAssignmentMemberKey, ShareGroupTargetAssignmentMemberValue),
        Pair(ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue),
        Pair(ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue),
        Pair(ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue),
        Pair(StreamsGroupMetadataKey, StreamsGroupMetadataValue),
        Pair(StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue),
        Pair(StreamsGroupTargetAssignmentMetadataKey, StreamsGroupTargetAssignmentMetadataValue),
        Pair(StreamsGroupTargetAssignmentMemberKey, StreamsGroupTargetAssignmentMemberValue),
        Pair(StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue),
        Pair(StreamsGroupTopologyKey, StreamsGroupTopologyValue),
    ]
)
TRANSACTION_RECORDS = CoordinatorRecords(
    [
        Pair(TransactionLogKey, TransactionLogValue),
    ]
)
SHARE_STATE_RECORDS = CoordinatorRecords(
    [
        Pair(ShareSnapshotKey, ShareSnapshotValue),
        Pair(ShareUpdateKey, ShareUpdateValue),
    ]
)
METADATA_RECORDS = MetadataRecords(
    [
        RegisterBrokerRecord,
        UnregisterBrokerRecord,
        TopicRecord,
        PartitionRecord,
        ConfigRecord,
        PartitionChangeRecord,
        FenceBrokerRecord,
        UnfenceBrokerRecord,
        RemoveTopicRecord,
        DelegationTokenRecord,
        UserScramCredentialRecord,
        FeatureLevelRecord,
        ClientQuotaRecord,
        ProducerIdsRecord,
        BrokerRegistrationChangeRecord,
        AccessControlEntryRecord,
        RemoveAccessControlEntryRecord,
        NoOpRecord,
        ZkMigrationStateRecord,
        RemoveUserScramCredentialRecord,
        BeginTransactionRecord,
        EndTransactionRecord,
        AbortTransactionRecord,
        RemoveDelegationTokenRecord,
        RegisterControllerRecord,
        ClearElrRecord,
    ]
)
