"""Broker keys about who a client is: principals, TLS, SASL and delegation tokens."""

from kafkapy.config.keys.reasons import ALONE, JAVA, OPENSSL, RELOADS
from kafkapy.config.table import PER_BROKER, Table, boolean, class_name, long, password, string, strings
from kafkapy.config.validators import at_least, items, one_of


class SecurityKeys(Table):
    principal_builder_class: str = class_name(
        "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
        dynamic=PER_BROKER,
        no_effect=JAVA,
        doc="The class that derives a principal from a connection. Only Kafka's default can be named.",
    )
    connections_max_reauth_ms: int = long(
        0, doc="After how long a SASL client must authenticate again; 0 for never."
    )
    security_providers: str | None = string(None, no_effect=JAVA, doc="Plugins with security algorithms.")
    delegation_token_secret_key: str | None = password(
        doc="The secret with which delegation tokens are made. Tokens are off without it."
    )
    delegation_token_max_lifetime_ms: int = long(
        604_800_000, at_least(1), doc="The longest life of a delegation token, renewals included."
    )
    delegation_token_expiry_time_ms: int = long(
        86_400_000, at_least(1), doc="How long a delegation token lives until it must be renewed."
    )
    delegation_token_expiry_check_interval_ms: int = long(
        3_600_000, at_least(1), doc="How often expired delegation tokens are looked for."
    )
    ssl_client_auth: str = string(
        "none",
        one_of("required", "requested", "none"),
        dynamic=PER_BROKER,
        doc="Whether TLS clients must show a certificate: `required`, `requested` or `none`.",
    )
    ssl_principal_mapping_rules: str = string(
        "DEFAULT", doc="How the name of a principal is made from the subject of a certificate."
    )
    ssl_allow_dn_changes: bool = boolean(
        False,
        no_effect=RELOADS,
        doc="Whether a new certificate may have another subject than the one it replaces.",
    )
    ssl_allow_san_changes: bool = boolean(
        False, no_effect=RELOADS, doc="Whether a new certificate may lack names of the one it replaces."
    )
    ssl_protocol: str = string(
        "TLSv1.3", dynamic=PER_BROKER, no_effect=OPENSSL, doc="The version of TLS to use."
    )
    ssl_provider: str | None = string(
        None, dynamic=PER_BROKER, no_effect=JAVA, doc="The Java provider of TLS."
    )
    ssl_enabled_protocols: tuple[str, ...] = strings(
        ("TLSv1.2", "TLSv1.3"), items(), dynamic=PER_BROKER, doc="The versions of TLS that are accepted."
    )
    ssl_cipher_suites: tuple[str, ...] = strings(
        (), items(), dynamic=PER_BROKER, doc="The cipher suites that are accepted; empty for the default."
    )
    ssl_keystore_type: str = string(
        "JKS", dynamic=PER_BROKER, doc="The format of the key store: `PEM`, or `PKCS12` and `JKS` files."
    )
    ssl_keystore_location: str | None = string(
        None, dynamic=PER_BROKER, doc="The file with the broker's key and certificate."
    )
    ssl_keystore_password: str | None = password(dynamic=PER_BROKER, doc="The password of that file.")
    ssl_key_password: str | None = password(dynamic=PER_BROKER, doc="The password of the key in it.")
    ssl_keystore_key: str | None = password(
        dynamic=PER_BROKER, doc="The broker's key itself, in PEM, instead of a file."
    )
    ssl_keystore_certificate_chain: str | None = password(
        dynamic=PER_BROKER, doc="The broker's certificates themselves, in PEM, instead of a file."
    )
    ssl_truststore_type: str = string(
        "JKS", dynamic=PER_BROKER, doc="The format of the trust store: `PEM`, or `PKCS12` and `JKS` files."
    )
    ssl_truststore_location: str | None = string(
        None,
        dynamic=PER_BROKER,
        doc="The file with the certificates that clients' certificates are checked against.",
    )
    ssl_truststore_password: str | None = password(dynamic=PER_BROKER, doc="The password of that file.")
    ssl_truststore_certificates: str | None = password(
        dynamic=PER_BROKER, doc="Those certificates themselves, in PEM, instead of a file."
    )
    ssl_keymanager_algorithm: str = string(
        "SunX509", dynamic=PER_BROKER, no_effect=OPENSSL, doc="The Java algorithm that chooses the key."
    )
    ssl_trustmanager_algorithm: str = string(
        "PKIX", dynamic=PER_BROKER, no_effect=OPENSSL, doc="The Java algorithm that checks certificates."
    )
    ssl_endpoint_identification_algorithm: str = string(
        "https",
        dynamic=PER_BROKER,
        no_effect=ALONE,
        doc="How the name in the certificate of a server is checked, when the broker is the client.",
    )
    ssl_secure_random_implementation: str | None = string(
        None, dynamic=PER_BROKER, no_effect=OPENSSL, doc="The Java source of randomness."
    )
    ssl_engine_factory_class: str | None = class_name(
        None, dynamic=PER_BROKER, no_effect=JAVA, doc="The class that makes TLS engines."
    )
