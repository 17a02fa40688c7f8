"""The desk on one machine: Temporal, worker and API as processes under one supervisor."""
