"""Broker keys about SASL: mechanisms, credentials, Kerberos and OAuth."""

from kafkapy.config.keys.reasons import ALONE, JAVA, KERBEROS, LOGIN
from kafkapy.config.table import (
    PER_BROKER,
    Table,
    boolean,
    class_name,
    double,
    integer,
    long,
    password,
    short,
    string,
    strings,
)
from kafkapy.config.validators import between, items, one_of_any_case


class SaslKeys(Table):
    sasl_enabled_mechanisms: tuple[str, ...] = strings(
        ("GSSAPI",), items(), dynamic=PER_BROKER, doc="The SASL mechanisms that clients may use."
    )
    sasl_jaas_config: str | None = password(
        dynamic=PER_BROKER,
        doc=(
            "The login module of a mechanism with its options, as Kafka writes it, set with the prefix "
            "`listener.name.NAME.MECHANISM.`; PLAIN takes its users from it."
        ),
    )
    sasl_server_max_receive_size: int = integer(524_288, doc="The largest SASL token that is read.")
    sasl_server_callback_handler_class: str | None = class_name(
        None, no_effect=JAVA, doc="The class that checks credentials. Kafka's own can be named."
    )
    sasl_mechanism_inter_broker_protocol: str = string(
        "GSSAPI",
        dynamic=PER_BROKER,
        no_effect=ALONE,
        doc="The SASL mechanism that brokers use among themselves.",
    )
    sasl_client_callback_handler_class: str | None = class_name(
        None, no_effect=LOGIN, doc="The class that provides credentials of clients."
    )
    sasl_login_class: str | None = class_name(None, no_effect=LOGIN, doc="The class that logs in.")
    sasl_login_callback_handler_class: str | None = class_name(
        None, no_effect=LOGIN, doc="The class that provides credentials for a login."
    )
    sasl_login_connect_timeout_ms: int | None = integer(
        None, no_effect=LOGIN, doc="How long connecting to the identity provider may take."
    )
    sasl_login_read_timeout_ms: int | None = integer(
        None, no_effect=LOGIN, doc="How long reading from the identity provider may take."
    )
    sasl_login_retry_backoff_ms: int = long(
        100, no_effect=LOGIN, doc="The first pause between attempts to log in."
    )
    sasl_login_retry_backoff_max_ms: int = long(
        10_000, no_effect=LOGIN, doc="The longest pause between attempts to log in."
    )
    sasl_login_refresh_window_factor: float = double(
        0.8, dynamic=PER_BROKER, no_effect=LOGIN, doc="After which part of its life a credential is renewed."
    )
    sasl_login_refresh_window_jitter: float = double(
        0.05, dynamic=PER_BROKER, no_effect=LOGIN, doc="Which part of its life is left to chance."
    )
    sasl_login_refresh_min_period_seconds: int = short(
        60, dynamic=PER_BROKER, no_effect=LOGIN, doc="How long a renewal waits at least."
    )
    sasl_login_refresh_buffer_seconds: int = short(
        300,
        dynamic=PER_BROKER,
        no_effect=LOGIN,
        doc="How long before its end a credential is renewed at the latest.",
    )
    sasl_kerberos_service_name: str | None = string(
        None, dynamic=PER_BROKER, no_effect=KERBEROS, doc="The Kerberos name of the broker."
    )
    sasl_kerberos_kinit_cmd: str = string(
        "/usr/bin/kinit", dynamic=PER_BROKER, no_effect=KERBEROS, doc="The path of kinit."
    )
    sasl_kerberos_principal_to_local_rules: tuple[str, ...] = strings(
        ("DEFAULT",),
        items(),
        dynamic=PER_BROKER,
        no_effect=KERBEROS,
        doc="How short names are made from Kerberos principals.",
    )
    sasl_kerberos_ticket_renew_window_factor: float = double(
        0.8, dynamic=PER_BROKER, no_effect=KERBEROS, doc="After which part of its life a ticket is renewed."
    )
    sasl_kerberos_ticket_renew_jitter: float = double(
        0.05, dynamic=PER_BROKER, no_effect=KERBEROS, doc="Which part of its life is left to chance."
    )
    sasl_kerberos_min_time_before_relogin: int = long(
        60_000, dynamic=PER_BROKER, no_effect=KERBEROS, doc="The shortest time between two logins."
    )
    sasl_oauthbearer_jwks_endpoint_url: str | None = string(
        None,
        doc=(
            "Where the keys are with which tokens are checked: an https or a file URL. Without it unsecured "
            "tokens are accepted, as by Kafka's default."
        ),
    )
    sasl_oauthbearer_jwks_endpoint_refresh_ms: int = long(
        3_600_000, doc="How often those keys are read again."
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_ms: int = long(
        100, doc="The first pause after such a read failed."
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_max_ms: int = long(
        10_000, doc="The longest pause after such reads failed."
    )
    sasl_oauthbearer_clock_skew_seconds: int = integer(
        30, doc="How much the clocks of broker and identity provider may differ."
    )
    sasl_oauthbearer_expected_audience: tuple[str, ...] = strings(
        (), items(), doc="Audiences of which a token must name one; empty for any."
    )
    sasl_oauthbearer_expected_issuer: str | None = string(
        None, doc="The issuer a token must name; any when not set."
    )
    sasl_oauthbearer_scope_claim_name: str = string("scope", doc="The claim of a token that holds its scope.")
    sasl_oauthbearer_sub_claim_name: str = string(
        "sub", doc="The claim of a token that holds the name of the principal."
    )
    sasl_oauthbearer_jwt_validator_class: str = class_name(
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
        no_effect=JAVA,
        doc="The class that checks tokens. Kafka's own can be named.",
    )
    sasl_oauthbearer_jwt_retriever_class: str = class_name(
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
        no_effect=LOGIN,
        doc="The class that obtains tokens.",
    )
    sasl_oauthbearer_token_endpoint_url: str | None = string(
        None, no_effect=LOGIN, doc="Where tokens are obtained."
    )
    sasl_oauthbearer_scope: str | None = string(None, no_effect=LOGIN, doc="The scope that is asked for.")
    sasl_oauthbearer_client_credentials_client_id: str | None = string(
        None, no_effect=LOGIN, doc="The client id to obtain tokens with."
    )
    sasl_oauthbearer_client_credentials_client_secret: str | None = password(
        no_effect=LOGIN, doc="The client secret to obtain tokens with."
    )
    sasl_oauthbearer_assertion_algorithm: str = string(
        "RS256",
        one_of_any_case("ES256", "RS256"),
        no_effect=LOGIN,
        doc="The algorithm that signs an assertion.",
    )
    sasl_oauthbearer_assertion_claim_aud: str | None = string(
        None, no_effect=LOGIN, doc="The audience of an assertion."
    )
    sasl_oauthbearer_assertion_claim_exp_seconds: int = integer(
        300, between(0, 86_400), no_effect=LOGIN, doc="How long an assertion is valid."
    )
    sasl_oauthbearer_assertion_claim_iss: str | None = string(
        None, no_effect=LOGIN, doc="The issuer of an assertion."
    )
    sasl_oauthbearer_assertion_claim_jti_include: bool = boolean(
        False, no_effect=LOGIN, doc="Whether an assertion gets an id."
    )
    sasl_oauthbearer_assertion_claim_nbf_seconds: int = integer(
        60, between(0, 3600), no_effect=LOGIN, doc="Since when an assertion is valid, in seconds before now."
    )
    sasl_oauthbearer_assertion_claim_sub: str | None = string(
        None, no_effect=LOGIN, doc="The subject of an assertion."
    )
    sasl_oauthbearer_assertion_file: str | None = string(
        None, no_effect=LOGIN, doc="A file with a finished assertion."
    )
    sasl_oauthbearer_assertion_private_key_file: str | None = string(
        None, no_effect=LOGIN, doc="The key that signs assertions."
    )
    sasl_oauthbearer_assertion_private_key_passphrase: str | None = password(
        no_effect=LOGIN, doc="The passphrase of that key."
    )
    sasl_oauthbearer_assertion_template_file: str | None = string(
        None, no_effect=LOGIN, doc="A file with more claims of an assertion."
    )
