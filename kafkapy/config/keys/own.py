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
    super_users: str = string(
        "", foreign=True, doc="Principals that may do everything: `User:name`, separated by semicolons."
    )
    allow_everyone_if_no_acl_found: bool = boolean(
        False, foreign=True, doc="Whether a resource that no rule mentions is open to everyone."
    )
