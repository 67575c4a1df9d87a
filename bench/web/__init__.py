"""The cost of a web request: USSD under load, slow senders, sign-ins, and a comparison with other web servers."""
