"""What tests share: phones, servers, browsers, stand-ins of providers."""
