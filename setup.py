"""The only compiled code, which may be missing: without a C compiler the same is done in Python."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("kafkapy.records._scan", ["kafkapy/records/_scan.c"], optional=True, py_limited_api=True)
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
