"""The HTTP addresses that telecom providers call: `/hooks/<token>/<provider>/…`."""
