"""Tests of rules: facts in, expectations out; what they cover, and which changed rules they notice."""
