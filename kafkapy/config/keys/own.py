"""kafkapy's own keys, and those that Kafka leaves to its authorizer."""

from kafkapy.config.table import Table, boolean, string
from kafkapy.config.validators import one_of


class OwnKeys(Table):
    kafkapy_record_validation: str = string(
        "header",
        one_of("header", "full"),
        internal=True,
        doc=(
            "How closely a produced batch is looked at that is stored as it came: `header` checks its size, "
            "checksum and header, `full` every record in it, as Kafka does."
        ),
    )
    kafkapy_durability: str = string(
        "os",
        one_of("os", "fsync"),
        internal=True,
        doc=(
            "When a write counts as kept. `os`: when the operating system has it, as in Kafka, so that it "
            "survives the end of this process but not a power failure. `fsync`: when it is on disk; produce "
            "requests with `acks=all`, commits of offsets and transactions, and every administrative change "
            "are answered only then, and readers see only what is."
        ),
    )
    super_users: str = string(
        "", foreign=True, doc="Principals that may do everything: `User:name`, separated by semicolons."
    )
    allow_everyone_if_no_acl_found: bool = boolean(
        False, foreign=True, doc="Whether a resource that no rule mentions is open to everyone."
    )
