# `make serve` starts a broker on 127.0.0.1:9092, `make test` runs every test; both install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test lint unit clients format clean compat bench bench-check test-clients-on-kafka faults faults-short

serve: $(VENV)/.installed
	@exec $(BIN)/kafkapy serve

test: lint bench-check unit clients faults-short

lint: $(VENV)/.tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q -p no:randomly tests/test_house_style.py

unit: $(VENV)/.tested
	$(BIN)/pytest -q --ignore tests/clients --ignore tests/faults

# In a process of its own: clients in Python have deadlines, and the garbage of thousands of tests would hold them up.
clients: $(VENV)/.tested
	$(BIN)/pytest -q tests/clients

# Kills, power failures, damaged files, full disks: docs/testing.md tells how a failure is repeated.
faults-short: $(VENV)/.tested
	$(BIN)/pytest -q tests/faults

# The long form, half an hour of it; the seeds are shown at the end.
faults: $(VENV)/.tested
	KAFKAPY_LONG=1 $(BIN)/pytest -q tests/faults

format: $(VENV)/.tested
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Other clients and tools, and Apache Kafka beside kafkapy: compat/apache_kafka.py says where it is looked for.
compat: $(VENV)/.tested
	$(BIN)/pytest -q compat

# The real clients' tests against Apache Kafka, to see that what they ask for is right.
test-clients-on-kafka: $(VENV)/.tested
	serve=$$($(BIN)/python -m compat.apache_kafka) && \
	KAFKAPY_SERVE="$$serve" $(BIN)/pytest -q -m "not kafkapy_promise" tests/clients

# Writes tables of docs/performance.md; takes 35 minutes with everything that is measured beside kafkapy.
bench: $(VENV)/.tested
	$(BIN)/python -m bench.compare
	$(BIN)/python -m bench.durability
	$(BIN)/pip install -q --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench.scale

# No request may cost more instructions than it did; bench/check.py says how to accept that it does.
bench-check: $(VENV)/.tested
	$(BIN)/python -m bench.check

clean:
	rm -rf $(VENV) build dist *.egg-info kafkapy/records/*.so

$(VENV)/.installed: pyproject.toml setup.py kafkapy/records/_scan.c
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@
