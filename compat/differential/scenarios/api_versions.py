"""ApiVersions: what is offered, who may ask, and versions from the future."""

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.codec import encode
from kafkapy.protocol.headers import request_header
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from kafkapy.protocol.messages.metadata import MetadataRequest


def of_client(name: str, version: str = "1.0") -> ApiVersionsRequest:
    return ApiVersionsRequest(client_software_name=name, client_software_version=version)


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(ApiVersionsRequest):
        talk.ask(of_client("scenario"), version)
        talk.ask(of_client("scenario"), version, "again")


@scenario
def names_of_clients(talk: Conversation) -> None:
    for version in (3, 4):
        for word in ("", " ", "a ", "-a", "a-", "a.", ".a", "a_b", "a/b", "ä", "a" * 1000):
            talk.ask(of_client(word), version, f"name {word[:5]!r}")
            talk.ask(of_client("good", word), version, f"version {word[:5]!r}")


@scenario
def versions_from_the_future(talk: Conversation) -> None:
    body = encode(of_client("scenario"), 4)
    for version in (5, 100, 32767, -1):
        header = request_header(ApiKey.API_VERSIONS, version, 42, "scenario")
        frame = header + body
        client = talk.connect()
        client.ask_frame(f"version {version}", len(frame).to_bytes(4) + frame)
        client.ask(MetadataRequest(topics=[]), 4, "and then")
        empty = len(header).to_bytes(4) + header
        client.ask_frame(f"version {version} without a body", empty)
        client.close()
