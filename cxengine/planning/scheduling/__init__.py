"""Scheduling activities that share teams: resource-constrained project scheduling, value early."""
