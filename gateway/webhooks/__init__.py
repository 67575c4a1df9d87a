"""What telecom providers call: `POST /hooks/<token>/<provider>/…`."""
