"""AlterUserScramCredentials (API key 51), v0: sets and deletes SCRAM credentials (KIP-554).

Clients send a salted password; what is kept verifies it, but does not tell it.
Not supported: authentication; credentials are kept and described, but no listener asks for them yet.
"""

from kafkapy.cluster.scram_credentials import (
    Deletion,
    ScramMechanism,
    Upsertion,
    UserResult,
    alter_scram_credentials,
)
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.alter_user_scram_credentials import (
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
    AlterUserScramCredentialsResult,
)
from kafkapy.security.scram import NoPassword, stored_keys


def _fail(request: AlterUserScramCredentialsRequest, code: ErrorCode) -> AlterUserScramCredentialsResponse:
    users = {each.name for each in request.deletions} | {each.name for each in request.upsertions}
    error = KafkaError(code)
    return AlterUserScramCredentialsResponse(
        results=[_result(UserResult(user, error)) for user in sorted(users)]
    )


@handles(AlterUserScramCredentialsRequest, "0", fail=_fail)
def alter_user_scram_credentials(
    ctx: RequestContext, request: AlterUserScramCredentialsRequest
) -> AlterUserScramCredentialsResponse:
    change = alter_scram_credentials(
        ctx.broker.metadata.image,
        [Deletion(each.name, each.mechanism) for each in request.deletions],
        [
            Upsertion(each.name, each.mechanism, each.iterations, each.salt, each.salted_password)
            for each in request.upsertions
        ],
        _keys,
    )
    ctx.broker.metadata.commit(change.records, ctx.now_ms)
    return AlterUserScramCredentialsResponse(results=[_result(each) for each in change.results])


def _keys(mechanism: ScramMechanism, salted_password: bytes) -> tuple[bytes, bytes]:
    try:
        return stored_keys(mechanism, salted_password)
    except NoPassword:  # which Kafka has no word for
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR) from None


def _result(result: UserResult) -> AlterUserScramCredentialsResult:
    """Kafka says nothing of what it did not expect (`ApiError.fromThrowable`)."""
    error = result.error
    is_expected = error is not None and error.code != ErrorCode.UNKNOWN_SERVER_ERROR
    return AlterUserScramCredentialsResult(
        user=result.user,
        error_code=error.code if error else ErrorCode.NONE,
        error_message=error.detail if error and is_expected else None,
    )
