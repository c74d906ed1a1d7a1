"""Record batches: headers, records, compression, validation, control records."""
