"""What a request costs: USSD under load, slow senders, sign-ins, and the web server beside others."""
