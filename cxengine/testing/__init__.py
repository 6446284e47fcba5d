"""What plugin authors and calibration tests use: generators with planted truth."""
