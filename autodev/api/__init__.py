"""The frame of the REST API: who calls, how often, how errors and pages look. The endpoints are in the apps' `api`."""
