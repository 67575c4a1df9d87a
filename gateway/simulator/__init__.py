"""A phone in the browser and a stand-in for the provider's API, for trying everything without a network.

It speaks to the gateway only through the public webhooks, and the gateway to it only through the provider's
own API. It is not there in production.
"""
