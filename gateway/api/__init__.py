"""The JSON API under `/api/v1/`: programs with a token see what its area and scopes allow."""
