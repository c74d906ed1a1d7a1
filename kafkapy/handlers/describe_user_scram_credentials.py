"""DescribeUserScramCredentials (API key 50), v0: mechanisms and iterations of users, no secrets (KIP-554).

Not supported: authentication; credentials are kept and described, but no listener asks for them yet.
"""

from kafkapy.cluster.scram_credentials import describe_scram_credentials as describe
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_user_scram_credentials import (
    CredentialInfo,
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    DescribeUserScramCredentialsResult,
)


@handles(DescribeUserScramCredentialsRequest, "0")
def describe_user_scram_credentials(
    ctx: RequestContext, request: DescribeUserScramCredentialsRequest
) -> DescribeUserScramCredentialsResponse:
    users = None if request.users is None else [user.name for user in request.users]
    return DescribeUserScramCredentialsResponse(
        error_message="",
        results=[
            DescribeUserScramCredentialsResult(
                user=each.user,
                error_code=each.error.code if each.error else ErrorCode.NONE,
                error_message=each.error.detail if each.error else "",
                credential_infos=[
                    CredentialInfo(mechanism=mechanism, iterations=iterations)
                    for mechanism, iterations in each.credentials
                ],
            )
            for each in describe(ctx.broker.metadata.image, users)
        ],
    )
