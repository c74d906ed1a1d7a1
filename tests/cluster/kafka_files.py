"""What an Apache Kafka 4.3.0 node wrote, byte for byte.

The log: a cluster formatted and started (static quorum, StandardAuthorizer, no NO_OPs); topics orders (2
partitions, then 3; configs set, changed, deleted) and old.logs (deleted again); a SCRAM credential, quotas
and ACLs; an idempotent producer; a clean restart; topic later; kill -9 and a start; a cluster-wide broker
config; a clean restart; topic a.b_c; a clean stop. The snapshot: taken by that node below offset 88. The
dynamic quorum: `format --standalone`.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "kafka-4.3.0"
LOG = (FOLDER / "00000000000000000000.log").read_bytes()
SNAPSHOT_NAME = "00000000000000000088-0000000004.checkpoint"
SNAPSHOT = (FOLDER / SNAPSHOT_NAME).read_bytes()
DYNAMIC_QUORUM_SNAPSHOT = (FOLDER / "dynamic-quorum.checkpoint").read_bytes()
