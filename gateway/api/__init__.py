"""The JSON API under `/api/v1/`: a program with a token sees what its area and scopes allow."""
