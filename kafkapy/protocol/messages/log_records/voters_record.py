"""Value of control records of type 6: the voters of the metadata quorum (KIP-853)."""

from kafkapy.protocol.schema import array, int16, int32, message, nested, string, struct, uint16, uuid


@struct
class Endpoint:
    name: str = string()
    host: str = string()
    port: int = uint16()


@struct
class KRaftVersionFeature:
    min_supported_version: int = int16()
    max_supported_version: int = int16()


@struct
class Voter:
    voter_id: int = int32()
    voter_directory_id: bytes = uuid()
    endpoints: list[Endpoint] = array(Endpoint)
    kraft_version_feature: KRaftVersionFeature = nested(KRaftVersionFeature)


@message(valid="0", flexible="0+")
class VotersRecord:
    version: int = int16()
    voters: list[Voter] = array(Voter)
