"""`python -m kafkapy` is the kafkapy command."""

import sys

from kafkapy.cli.main import main

sys.exit(main())
